#!/usr/bin/env bash
# The Vagrantfile, as Debian's Vagrant sees it with each of its providers; no machine is made.
# VirtualBox is in no repository of Debian: Vagrant is told that it is there, which is enough to look
# at the settings. As root; installs what it needs.
#
#   deploy/tests/vagrant.sh
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. tests/count.sh
# The plug-in for libvirt is no command.
dpkg --status vagrant vagrant-libvirt >/dev/null 2>&1 || ../.ci/need.sh '' vagrant '' vagrant-libvirt

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\necho 7.0.20r163906\n' >"$work/VBoxManage"
chmod 755 "$work/VBoxManage"
# What it copies into the machine must be there, if only for now.
packages=$(realpath -m ../target/debian)
[ -d "$packages" ] || { mkdir -p "$packages" && made=$packages; }

validate() { # PROVIDER VAGRANTFILE
    PATH=$work:$PATH HOME=$work VAGRANT_DOTFILE_PATH=$work/state VAGRANT_CWD=$PWD \
        VAGRANT_VAGRANTFILE=$2 VAGRANT_DEFAULT_PROVIDER=$1 vagrant validate
}
for provider in libvirt virtualbox; do
    check "valid for $provider" is 'Vagrantfile validated successfully.' validate "$provider" "$PWD/Vagrantfile"
    sed 's/machine\.memory/machine.memmory/' Vagrantfile >"$work/Vagrantfile"
    check "a setting that $provider does not have is found" prints memmory validate "$provider" "$work/Vagrantfile"
done
sed 's|"../target/debian"|"../target/nowhere"|' Vagrantfile >"$work/Vagrantfile"
check 'a folder that is not there is found' prints target/nowhere validate libvirt "$work/Vagrantfile"

[ -z "${made:-}" ] || rmdir "$made"
finish
