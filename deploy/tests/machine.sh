# Debian root file systems under real systemd, each in a container, for the tests to source: "$work/NAME" is a
# machine's, and its network is that of the namespace that is called so. As root.

namespace() { echo "clouddata-$1-$$"; } # MACHINE

first() { # MACHINE: its systemd, as it is seen from here
    local container
    container=$(cat "$work/$1.nspawn" 2>/dev/null) && pgrep -P "$container"
}
inside() { # MACHINE COMMAND...
    nsenter -t "$(first "$1")" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "${@:2}"
}
runs() { is running inside "$1" systemctl is-system-running; }

# Control groups of its own for each machine; in shared ones their systemds would take each other's
# services for their own.
groups_of() { # MACHINE: in each hierarchy there is
    local hierarchy
    for hierarchy in /sys/fs/cgroup{,/systemd,/unified}; do
        [ ! -e "$hierarchy/cgroup.procs" ] || echo "$hierarchy/clouddata-$1-$$"
    done
}
enter_groups() { # MACHINE
    local group
    for group in $(groups_of "$1"); do
        mkdir -p "$group"
        echo "$BASHPID" >"$group/cgroup.procs"
    done
}

boot() { # MACHINE [NSPAWN OPTION]...: until it is powered off; 133 is a reboot
    (
        enter_groups "$1"
        while :; do
            # The last word is for Debian 13, whose systemd refuses control groups of version 1 else.
            systemd-nspawn -q -D "$work/$1" --register=no --keep-unit --hostname="$1" --boot \
                --network-namespace-path="/run/netns/$(namespace "$1")" --console=read-only \
                --kill-signal=SIGRTMIN+3 --capability=CAP_NET_ADMIN "${@:2}" \
                SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 >>"$work/$1.console" 2>&1 </dev/null &
            echo $! >"$work/$1.nspawn"
            wait $!
            [ $? -eq 133 ] || break
        done
        rm "$work/$1.nspawn"
    ) >/dev/null 2>&1 &
    soon runs "$1"
}

reboot() { # MACHINE: and waits for it
    local before
    before=$(first "$1")
    inside "$1" systemctl reboot
    rebooted() { [ "$(first "$1")" != "$before" ] && runs "$1"; }
    soon rebooted "$1"
}

power_off() { # MACHINE: and takes it away
    [ -e "$work/$1.nspawn" ] || return
    inside "$1" systemctl poweroff 2>/dev/null
    is_off() { [ ! -e "$work/$1.nspawn" ]; }
    if ! soon is_off "$1"; then
        # Its init, as the container itself leaves that behind when it is killed.
        first "$1" | xargs -r kill -9
        soon is_off "$1"
    fi
    rm -rf "${work:?}/$1"
    # shellcheck disable=SC2046
    find $(groups_of "$1") -depth -type d -exec rmdir {} + 2>/dev/null
}

# A Debian with these packages and what they need, and nothing else: prints its root folder, to be copied. It is kept in
# ${XDG_CACHE_HOME:-~/.cache}/clouddata.
debian() { # SUITE PACKAGE...
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata root
    root=$cache/debian-$1-$(sha256sum <<<"${*:2}" | cut -c1-12)
    if [ ! -e "$root" ]; then
        mkdir -p "$cache"
        rm -rf "$cache/debian-$1"-*
        mmdebstrap --quiet --mode=root --variant=minbase --include="$(IFS=,; echo "${*:2}")" "$1" "$root.part" &&
            mv "$root.part" "$root" || return
    fi
    echo "$root"
}
