#!/usr/bin/env bash
# Whether the version says truly what has changed in the crates that others link: cargo-semver-checks compares them with
# the last version's, from its tag. It is compiled once, into ${XDG_CACHE_HOME:-~/.cache}/clouddata, which takes minutes.
#
#   release/semver.sh [REVISION]         else the last tag v… before this commit
set -euo pipefail
cd "$(dirname "$0")/.."

SEMVER_CHECKS_VERSION=0.51.0

baseline=${1:-$(git describe --tags --match 'v[0-9]*' --abbrev=0 HEAD^ 2>/dev/null || true)}
[ -n "$baseline" ] || { echo "semver.sh: there is no version before this one"; exit; }
tools=$(.ci/cargo-tool.sh cargo-semver-checks "$SEMVER_CHECKS_VERSION")
PATH=$tools:$PATH
cargo semver-checks --baseline-rev "$baseline" -p hdlc-core -p manager-core -p oap-core -p readings
