#!/usr/bin/env bash
# Builds what people download into target/dist, from the locked sources, offline once they are fetched:
# for each target a .tar.gz with the four programs, each one static file that runs on any Linux, and
# what belongs to them, and an image for containers; for Windows a .zip and an installer; an SBOM
# (CycloneDX) each; SHA256SUMS.
#
#   release/build.sh [TARGET]...       x86_64-unknown-linux-musl if none is named
#   release/build.sh all               that, aarch64-unknown-linux-musl, armv7-unknown-linux-musleabihf,
#                                      x86_64-pc-windows-gnu
#
# The same commit gives the same
# octets, in whatever folder (release/twice.sh checks that). On Debian 12 or newer; what it needs it
# installs by name.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
umask 022

programs=(clouddata clouddata-gateway clouddata-server clouddata-simulator)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
export CARGO_TARGET_DIR=$target
dist=$target/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

toolchain() { # TRIPLE: prints its environment
    case $1 in
    *-windows-*) release/windows/toolchain.sh ;;
    *) release/musl.sh "$1" ;;
    esac
}

build() { # TRIPLE
    local environment packages sources own
    case $1 in
    # The time is in there otherwise.
    *-windows-*) own=-Clink-arg=-Wl,--no-insert-timestamp ;;
    # A standard library that is built here comes without what a program starts with; the C library has it.
    *) own=-Clink-self-contained=no ;;
    esac
    environment=$(toolchain "$1")
    eval "$environment"
    sources=$(rustc --print sysroot)
    # No path of this machine is in what comes out.
    local moved=("$PWD=/clouddata" "$target=/target" "${CARGO_HOME:-$HOME/.cargo}=/cargo" "$sources=/rust")
    CARGO_ENCODED_RUSTFLAGS=$own$(printf '\x1f--remap-path-prefix=%s' "${moved[@]}")
    export CARGO_ENCODED_RUSTFLAGS "CFLAGS_${1//-/_}=${moved[*]/#/-ffile-prefix-map=}"
    export CARGO_PROFILE_RELEASE_STRIP=symbols
    mapfile -t packages < <(printf -- '-p\n%s\n' "${programs[@]}")
    cargo fetch --quiet --locked --target "$1"
    cargo fetch --quiet --locked --target "$1" --manifest-path "$sources/lib/rustlib/src/rust/library/Cargo.toml"
    # Without what names the functions of a backtrace, a hundredth of each program: their names are stripped.
    cargo build --quiet --release --frozen --target "$1" -Z build-std=std,panic_abort \
        -Z build-std-features=panic-unwind "${packages[@]}"
}

# As they lie in /usr or /usr/local: unpacking the archive there installs everything.
stage() { # TRIPLE DIRECTORY
    local share=$2/share doc=$2/share/doc/clouddata program file
    for program in "${programs[@]}"; do
        install -D "$target/$1/release/$program" "$2/bin/$program"
        install -Dm644 "$work/made/$program.1" "$share/man/man1/$program.1"
        install -Dm644 "$work/made/$program.bash" "$share/bash-completion/completions/$program"
        install -Dm644 "$work/made/$program.zsh" "$share/zsh/site-functions/_$program"
        install -Dm644 "$work/made/$program.fish" "$share/fish/vendor_completions.d/$program.fish"
    done
    install -Dm644 -t "$share/clouddata" gateway/packaging/gateway.toml server/server.toml release/compose.yaml
    for program in gateway server; do
        install -Dm644 "$program/packaging/clouddata-$program.conf" "$2/lib/sysusers.d/clouddata-$program.conf"
        file=$2/lib/systemd/system/clouddata-$program.service
        install -Dm644 "$program/packaging/clouddata-$program.service" "$file"
        # Not a package's place, but an administrator's.
        sed -i 's|^ExecStart=/usr/bin/|ExecStart=/usr/local/bin/|' "$file"
        grep -q '^ExecStart=/usr/local/bin/' "$file"
    done
    install -Dm644 -t "$2/lib/udev/rules.d" gateway/packaging/70-clouddata-smartmesh.rules
    install -Dm644 -t "$doc" release/archive/README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT
    licences "$1" "$doc"
}

licences() { # TRIPLE DIRECTORY
    local environment
    environment=$(toolchain "$1")
    # shellcheck disable=SC2086 # several files
    (eval "$environment" && release/contents.py licences "$1" ${MUSL_LICENCE:-$WINDOWS_LICENCES} >"$2/THIRD-PARTY.txt")
    chmod 644 "$2/THIRD-PARTY.txt"
}

archive() { # TRIPLE
    local name=clouddata-$version-$1
    stage "$1" "$work/$name"
    tar --create --directory "$work" --format=gnu --sort=name --owner=0 --group=0 --numeric-owner \
        --mode=go-w "--mtime=@$SOURCE_DATE_EPOCH" "$name" | gzip -9n >"$dist/$name.tar.gz"
    release/contents.py sbom "$1" >"$dist/$name.cdx.json"
    release/image.py "$1" "$work/$name/bin" "$version" "$dist"
}

# Windows has no such places: all is in one folder, as a .zip and as an installer.
archive_for_windows() { # TRIPLE
    local name=clouddata-$version-$1 program
    local folder=$work/$name
    for program in "${programs[@]}"; do
        install -D "$target/$1/release/$program.exe" "$folder/$program.exe"
    done
    install -m644 -t "$folder" release/windows/README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT
    licences "$1" "$folder"
    release/windows/zip.py "$folder" "$dist/$name.zip"
    release/windows/msi.sh "$folder" "$version" "$dist/$name.msi"
    release/contents.py sbom "$1" >"$dist/$name.cdx.json"
}

# What the programs say of themselves, by those that run here.
print_manuals() { # TRIPLE
    local program shell
    mkdir "$work/made"
    for program in "${programs[@]}"; do
        "$target/$1/release/$program" man >"$work/made/$program.1"
        for shell in bash zsh fish; do
            "$target/$1/release/$program" completions "$shell" >"$work/made/$program.$shell"
        done
    done
}

case $(uname -m) in
armv7l) native=armv7-unknown-linux-musleabihf ;;
*) native=$(uname -m)-unknown-linux-musl ;;
esac
case ${1:-} in
'') set -- x86_64-unknown-linux-musl ;;
all)
    set -- x86_64-unknown-linux-musl aarch64-unknown-linux-musl armv7-unknown-linux-musleabihf \
        x86_64-pc-windows-gnu
    ;;
esac
.ci/need.sh cc gcc git git python3 python3
deploy/packaging/licences.py || { echo "deploy/packaging/copyright is not true any more, see above" >&2; exit 1; }

mkdir -p "$dist"
rm -f "$dist"/clouddata-*-linux-musl* "$dist"/clouddata-*-windows-* "$dist"/clouddata-*-image-* "$dist/SHA256SUMS"
for triple; do
    case $triple in
    *-windows-*)
        (build "$triple")
        archive_for_windows "$triple"
        ;;
    *)
        if [ ! -e "$work/made" ]; then
            (build "$native")
            print_manuals "$native"
        fi
        [ "$triple" = "$native" ] || (build "$triple")
        archive "$triple"
        ;;
    esac
done
(cd "$dist" && sha256sum -- clouddata-* >SHA256SUMS)
(cd "$dist" && du --bytes -- clouddata-*)
