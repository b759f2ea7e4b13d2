#!/usr/bin/env bash
# What crates.io would get: the crates that others link, each packed, built from its package, and
# tested as whoever unpacks it would. Nothing is uploaded.
#
#   release/crates.sh
#
# With a clean checkout; the registry is asked for what the crates depend on.
set -euo pipefail
cd "$(dirname "$0")/.."

# In the order in which they have to be published.
crates=(hdlc-core manager-core oap-core readings)

packages=()
for crate in "${crates[@]}"; do
    packages+=(-p "$crate")
done
cargo publish --dry-run --quiet "${packages[@]}"

# In a folder of its own, so that nothing of the workspace is found by accident.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
target=${CARGO_TARGET_DIR:-target}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
{
    echo '[workspace]'
    echo 'resolver = "3"'
    printf 'members = ['
    for crate in "${crates[@]}"; do
        # Where cargo has unpacked and built it.
        cp -R "$target/package/$crate-$version" "$folder"
        printf '"%s", ' "$crate-$version"
    done
    echo ']'
    echo '[patch.crates-io]'
    for crate in "${crates[@]}"; do
        printf '%s = { path = "%s" }\n' "$crate" "$crate-$version"
    done
} > "$folder/Cargo.toml"
for crate in "${crates[@]}"; do
    for file in LICENSE-APACHE LICENSE-MIT; do
        [ -s "$folder/$crate-$version/$file" ] || { echo "$crate: $file is missing"; exit 1; }
    done
done
echo "tests of the packed crates:"
CARGO_TARGET_DIR=$folder/target cargo test --manifest-path "$folder/Cargo.toml" --workspace
