#!/usr/bin/env bash
# Installs Debian packages whose commands are missing.
#
#   .ci/need.sh COMMAND PACKAGES [COMMAND PACKAGES]...
set -euo pipefail
missing=()
while [ $# -gt 1 ]; do
    # shellcheck disable=SC2206 # one or several
    command -v "$1" >/dev/null || missing+=($2)
    shift 2
done
[ ${#missing[@]} -eq 0 ] && exit
# Somebody else may be installing something.
patiently=(-o DPkg::Lock::Timeout=300)
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install "${patiently[@]}" -y -qq --no-install-recommends "${missing[@]}" >/dev/null
