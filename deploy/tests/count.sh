# Counted checks, for the tests beside this file to source: each passes if its command succeeds.
passed=0 failed=0

check() { # WHAT COMMAND...
    local said
    if said=$("${@:2}" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAILED: %s\n' "$1"
        sed 's/^/    /' <<<"$said"
    fi
}

is() { # EXPECTED COMMAND...: the command prints just that
    local found
    found=$("${@:2}" 2>&1) || true
    [ "$found" = "$1" ] || { printf 'expected: %s\nfound:    %s\n' "$1" "$found"; return 1; }
}

prints() { # PART COMMAND...: that is a part of what the command prints
    local found
    found=$("${@:2}" 2>&1) || true
    [[ "$found" == *"$1"* ]] || { printf 'expected: …%s…\nfound:    %s\n' "$1" "$found"; return 1; }
}

denied() { ! "$@"; }

soon() { # COMMAND...: succeeds within a minute
    for _ in {1..600}; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    "$@"
}

finish() { # prints the counts, and fails if a check has
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
