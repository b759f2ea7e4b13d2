#!/usr/bin/env bash
# Tries the apt source that release/apt.sh makes, in a fresh Debian under systemd: installs from it with the signature
# checked, and sees apt refuse it when an octet of a package, of Packages or of InRelease is another, or the key is.
# As root. The key is made for the test.
#
#   release/test-apt.sh                  SUITE=trixie release/test-apt.sh: on Debian 13 instead of 12
#
# The packages are those in target/debian, or are built.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/machine.sh
. deploy/tests/machine.sh

[ "$(id -u)" -eq 0 ] || { echo "test-apt.sh: only root can make machines" >&2; exit 77; }
.ci/need.sh mmdebstrap mmdebstrap systemd-nspawn systemd-container ip iproute2 curl curl gpg gpg python3 python3 || exit
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
for program in gateway server; do
    [ -e "$(find "$target/debian" -name "clouddata-${program}_$version-*_amd64.deb" 2>/dev/null | head -1)" ] ||
        deploy/packaging/build.sh "$program" || exit
done
image=$(debian "${SUITE:-bookworm}" systemd systemd-sysv dbus curl procps) || exit
work=$(mktemp -d "$(dirname "$image")/test-apt.XXXXXX")
space=$(namespace user)
clean_up() {
    trap - EXIT
    power_off user
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    ip netns delete "$space"
    GNUPGHOME=$work/gpg gpgconf --kill all
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- The source, and another key that could have signed it

export GNUPGHOME=$work/gpg
mkdir -m 700 "$GNUPGHOME"
for owner in maintainer stranger; do
    gpg --batch --quiet --passphrase '' --quick-generate-key "$owner@clouddata.example" ed25519 sign 1d 2>/dev/null
done
check 'the source is made' release/apt.sh maintainer@clouddata.example http://127.0.0.1:8000
cp -a "$target/apt" "$work/source"

# --- A machine whose only network is the web server's

ip netns add "$space"
ip -n "$space" link set lo up
ip netns exec "$space" python3 -m http.server --bind 127.0.0.1 --directory "$work/source" 8000 >/dev/null 2>&1 &
cp -a --reflink=auto "$image" "$work/user"
rm -rf "$work"/user/etc/apt/sources.list*
mkdir "$work/user/etc/apt/sources.list.d"
check 'the machine boots' boot user
check 'the source is served' soon ip netns exec "$space" curl -fsS http://127.0.0.1:8000/clouddata.sources

get() { inside user curl -fsS -o "$2" "http://127.0.0.1:8000/$1"; } # FILE PLACE
# As a machine that has never heard of it; apt's own exit code does not tell of a source that it leaves out.
update() {
    inside user sh -c 'rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb
        apt-get -o APT::Update::Error-Mode=any update'
}
install() { inside user sh -c "DEBIAN_FRONTEND=noninteractive apt-get install -y $*"; }
is_installed() { is "$version-1" inside user dpkg-query -Wf '${Version}' "$1"; }

check "the key is the user's to fetch" get clouddata.gpg /usr/share/keyrings/clouddata.gpg
check 'and what names the source' get clouddata.sources /etc/apt/sources.list.d/clouddata.sources
check 'apt takes the source, by its signature' update
for program in server gateway; do
    check "apt installs the $program" install "clouddata-$program"
    check "it is of this version ($program)" is_installed "clouddata-$program"
    check "it is enabled ($program)" is enabled inside user systemctl is-enabled "clouddata-$program"
done
check 'the server runs, and answers' soon prints '"status":"ok"' inside user curl -fsS http://127.0.0.1:8080/health
check 'apt has come by it through the signed source' prints 'http://127.0.0.1:8000 stable/main' \
    inside user apt-cache policy clouddata-server
inside user apt-get purge -y clouddata-server clouddata-gateway >"$work/purged" 2>&1

# --- What it has to refuse: one octet is another, and nothing else

spoil() { # FILE: the octet in its middle
    python3 - "$1" <<'PYTHON'
import sys
octets = bytearray(open(sys.argv[1], "rb").read())
octets[len(octets) // 2] ^= 1
open(sys.argv[1], "wb").write(octets)
PYTHON
}
restore() { find "$work/source" -mindepth 1 -delete && cp -a "$target/apt/." "$work/source"; }
refuses() { # WHAT APT SAYS COMMAND...: and fails
    local said
    said=$("${@:2}" 2>&1) && { echo "it was taken: $said"; return 1; }
    [[ $said =~ $1 ]] || { printf 'expected: %s\nfound:    %s\n' "$1" "$said"; return 1; }
}

spoil "$work"/source/pool/main/clouddata-server_*_amd64.deb
check 'a package with another octet: the source is taken' update
check 'but not the package' refuses 'Hash Sum mismatch' install clouddata-server
check 'which is not installed' denied is_installed clouddata-server
restore
for index in "$work"/source/dists/stable/main/binary-amd64/Packages*; do spoil "$index"; done
check 'Packages with another octet is refused' refuses 'Hash Sum mismatch|Packages' update
check 'and has nothing to install' refuses 'Unable to locate package' install clouddata-server
restore
spoil "$work/source/dists/stable/InRelease"
check 'InRelease with another octet is refused' refuses 'BADSIG|signature|GPG|NODATA|Bad' update
restore
gpg --batch --export stranger@clouddata.example >"$work/user/usr/share/keyrings/clouddata.gpg"
check "a source that a stranger's key would have to sign is refused" refuses "NO_PUBKEY|not signed|Missing key" update
cp "$work/source/clouddata.gpg" "$work/user/usr/share/keyrings/clouddata.gpg"
check 'with all of that mended it is taken again' update
check 'and installs' install clouddata-server
finish
