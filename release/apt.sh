#!/usr/bin/env bash
# Makes a signed apt source of the packages in target/debian: the folder target/apt, for any web server.
#
#   release/apt.sh KEY ADDRESS
#
# KEY is a secret key in gpg (its number, or its owner's address); ADDRESS is where the folder will be served, which
# goes into clouddata.sources, the file that users get. Both files and the key's public half are in the folder.
# It is for Debian 12 and newer, Ubuntu LTS and Raspberry Pi OS: the packages are the same.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
umask 022

key=${1:?which key?} address=${2:?served where?}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
suite=stable component=main

.ci/need.sh apt-ftparchive apt-utils gpg gpg
shopt -s nullglob
packages=("$target"/debian/clouddata-*_"$version"-*.deb)
[ ${#packages[@]} -gt 0 ] || { echo "apt.sh: there is no package of $version in $target/debian" >&2; exit 66; }
gpg --batch --list-secret-keys "$key" >/dev/null || { echo "apt.sh: gpg has no secret key $key" >&2; exit 66; }

# Beside the old one, which is served until this is whole.
folder=$target/apt.new
rm -rf "$folder"
mkdir -p "$folder/pool/$component"
cp "${packages[@]}" "$folder/pool/$component"

cd "$folder"
mapfile -t architectures < <(for package in pool/*/*.deb; do dpkg-deb --field "$package" Architecture; done | sort -u)
for architecture in "${architectures[@]}"; do
    index=dists/$suite/$component/binary-$architecture
    mkdir -p "$index"
    apt-ftparchive --arch "$architecture" packages pool >"$index/Packages"
    gzip -9nk "$index/Packages"
done
apt-ftparchive -o "APT::FTPArchive::Release::Origin=clouddata" -o "APT::FTPArchive::Release::Label=clouddata" \
    -o "APT::FTPArchive::Release::Suite=$suite" -o "APT::FTPArchive::Release::Codename=$suite" \
    -o "APT::FTPArchive::Release::Components=$component" \
    -o "APT::FTPArchive::Release::Architectures=${architectures[*]}" release "dists/$suite" >Release
mv Release "dists/$suite/Release"
gpg --batch --yes --local-user "$key" --digest-algo SHA512 --clearsign \
    --output "dists/$suite/InRelease" "dists/$suite/Release"
gpg --batch --yes --local-user "$key" --digest-algo SHA512 --armor --detach-sign \
    --output "dists/$suite/Release.gpg" "dists/$suite/Release"

gpg --batch --export "$key" >clouddata.gpg
cat >clouddata.sources <<SOURCES
Types: deb
URIs: $address
Suites: $suite
Components: $component
Architectures: ${architectures[*]}
Signed-By: /usr/share/keyrings/clouddata.gpg
SOURCES

rm -rf "$target/apt"
mv "$folder" "$target/apt"
cd "$target/apt" && du --bytes -- pool/*/*.deb
