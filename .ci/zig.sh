#!/usr/bin/env bash
# Prints the path of a C compiler for any system: Zig's, with the headers of macOS among others, from
# the package index of Python, checked, kept in ${XDG_CACHE_HOME:-~/.cache}/clouddata.
#
#   cc=$(.ci/zig.sh aarch64-macos)
set -euo pipefail
version=0.13.0
sha256=3ce0c9f16547e5d61b32e0d226926e9a2552ef4b91fccf7ab5ea1a623a77824b

target=${1:?for which system}
folder=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata/zig-$version
if [ ! -e "$folder/complete" ]; then
    "$(dirname "$0")/need.sh" python3 python3 pip3 python3-pip unzip unzip >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    python3 -m pip download --quiet --no-deps --only-binary :all: --platform "manylinux_2_12_$(uname -m)" \
        --dest "$folder" "ziglang==$version" >&2
    echo "$sha256  $(echo "$folder"/*.whl)" | sha256sum --check --quiet >&2
    unzip -q "$folder"/*.whl -d "$folder"
    rm "$folder"/*.whl
    chmod +x "$folder/ziglang/zig"
    touch "$folder/complete"
fi
# It knows its own names of systems, and nothing of the options by which others are named.
cat >"$folder/cc-$target.new" <<CC
#!/usr/bin/env bash
arguments=()
while [ \$# -gt 0 ]; do
    case \$1 in
    --target=*) ;;
    -arch | -isysroot | -target) shift ;;
    *) arguments+=("\$1") ;;
    esac
    shift
done
exec '$folder/ziglang/zig' cc -target $target "\${arguments[@]}"
CC
chmod +x "$folder/cc-$target.new"
mv "$folder/cc-$target.new" "$folder/cc-$target"
echo "$folder/cc-$target"
