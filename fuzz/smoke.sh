#!/bin/sh
# Runs the fuzz targets for a while from their seeds, and says how fast they were and what they
# covered. Those that go through hdlc-core run once more for each of its features that changes how
# it works, as there is other code then.
#
#   fuzz/smoke.sh [SECONDS] [TARGET[:FEATURE]...]     20 seconds and all of them if not given
#
# Exit code 1 after a finding, which is then in fuzz/artifacts/TARGET; 69 without cargo-fuzz or a
# nightly toolchain. SANITIZER=address has unsafe code of dependencies watched too, at a quarter of
# the speed.
set -eu
cd "$(dirname "$0")"

seconds=${1:-20}
[ $# -eq 0 ] || shift
sanitizer=${SANITIZER:-none}

if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "fuzz/smoke.sh: needs a nightly toolchain and cargo-fuzz (cargo install cargo-fuzz)" >&2
    exit 69
fi
if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(cargo +nightly fuzz list) hdlc:fast hdlc_round_trip:fast manager_session:fast whole_path:fast \
        hdlc_round_trip:small
fi

host=$(rustc +nightly -vV | sed -n 's/^host: //p')
target_dir=${CARGO_TARGET_DIR:-target}

# New inputs go to a directory that is thrown away: the corpus in the repository changes on purpose
# only.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

status=0
built=none
printf '%-20s %10s %14s %6s %8s\n' target runs executions/s edges features
for name; do
    target=${name%%:*}
    feature=${name#"$target"}
    feature=${feature#:}
    if [ "$built" != "$feature" ]; then
        cargo +nightly fuzz build --sanitizer "$sanitizer" --target "$host" --target-dir "$target_dir" \
            --features "$feature"
        built=$feature
    fi
    mkdir -p "artifacts/$target" "corpus/$target" "$scratch/$name"
    log=$scratch/$name.log
    if "$target_dir/$host/release/$target" -max_total_time="$seconds" -max_len=1024 -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -dict=dictionary -artifact_prefix="artifacts/$target/" \
        "$scratch/$name" "corpus/$target" "seeds/$target" >"$log" 2>&1
    then
        result=
    else
        result='  FINDING'
        status=1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) ft: .*/\1/p' "$log" | tail -n 1)
    features=$(sed -n 's/.* ft: \([0-9]*\) corp: .*/\1/p' "$log" | tail -n 1)
    printf '%-20s %10s %14s %6s %8s%s\n' \
        "$name" "${runs:--}" "${rate:--}" "${edges:--}" "${features:--}" "$result"
    [ -z "$result" ] || tail -n 40 "$log" >&2
done
exit "$status"
