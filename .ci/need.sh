#!/usr/bin/env bash
# Installs Debian packages whose commands are missing.
#
#   .ci/need.sh COMMAND PACKAGE [COMMAND PACKAGE]...
set -euo pipefail
missing=()
while [ $# -gt 1 ]; do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
done
[ ${#missing[@]} -eq 0 ] && exit
# Somebody else may be installing something.
patiently=(-o DPkg::Lock::Timeout=300)
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install "${patiently[@]}" -y -qq --no-install-recommends "${missing[@]}" >/dev/null
