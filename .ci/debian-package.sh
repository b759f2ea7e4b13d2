#!/usr/bin/env bash
# Downloads a package of another Debian release than this machine's into a directory, by an apt of
# its own: nothing on the machine is changed.
#
#   .ci/debian-package.sh SUITE PACKAGE[:ARCHITECTURE][=VERSION] DIRECTORY
set -euo pipefail

suite=${1:?which suite?} package=${2:?which package?} directory=${3:?to where?}
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT

mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -1)
mkdir -p "$apt"/etc/{apt.conf.d,sources.list.d,preferences.d} "$apt"/state/lists/partial "$apt"/cache/archives/partial
cat >"$apt/etc/sources.list.d/suite.sources" <<SOURCES
Types: deb
URIs: ${mirror:-http://deb.debian.org/debian}
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
cat >"$apt/apt.conf" <<CONF
Dir "$apt"; Dir::Etc "etc"; Dir::State "state"; Dir::Cache "cache";
Dir::State::status "/var/lib/dpkg/status";
Acquire::Languages "none";
CONF
if [[ $package == *:* ]]; then
    architecture=${package#*:}
    echo "APT::Architectures { \"$(dpkg --print-architecture)\"; \"${architecture%%=*}\"; };" >>"$apt/apt.conf"
fi
# APT's own sandbox user cannot write to a directory of another's.
[ "$(id -u)" -ne 0 ] || echo 'APT::Sandbox::User "root";' >>"$apt/apt.conf"
export APT_CONFIG=$apt/apt.conf
apt-get -qq update >&2
cd "$directory"
apt-get -qq download "$package" >&2
