#!/usr/bin/env bash
# The alert rules, with Prometheus' own tool; and that the server has each metric that they ask for.
# What it needs it installs by name.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. tests/count.sh
../.ci/need.sh promtool prometheus

check "promtool takes the rules" promtool check rules prometheus/*.rules.yaml
check "what is to fire fires, and nothing else" promtool test rules tests/prometheus/*.test.yaml
for metric in $(grep -oh 'clouddata_[a-z_]*' prometheus/*.rules.yaml | sort -u); do
    check "the server has $metric" grep -rqF "\"${metric#clouddata_server_}\"" ../server/src
done
finish
