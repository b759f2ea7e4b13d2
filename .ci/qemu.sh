#!/usr/bin/env bash
# Installs the emulator of machines of a kind, if it is missing: .ci/qemu.sh arm|x86
#
# Where qemu-utils is of a newer release, as of backports, it goes back to this one's: the emulators
# share files with it.
set -euo pipefail

case ${1:?which kind?} in
x86) command=qemu-system-x86_64 ;;
*) command=qemu-system-$1 ;;
esac
command -v "$command" >/dev/null && exit
apt-get update -qq
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
install "qemu-system-$1" 2>/dev/null ||
    install --allow-downgrades "qemu-system-$1" "qemu-utils/$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
