#!/usr/bin/env bash
# Prints what to put into the environment, as shell commands, so that Wine runs programs for Windows
# in a folder of its own, without a display.
#
#   eval "$(release/windows/wine.sh FOLDER)"
#   "$WINE" PROGRAM.exe
#
# The folder is the disk C: and more, made if it is not there. It is not touched by other programs,
# so whoever has made it stops all in it by: wineserver --kill
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 64; }
prefix=$(realpath -m "$1")
here=$(realpath "$(dirname "$0")")
"$here/../../.ci/need.sh" wine wine x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32 >&2

# Not Debian's script around it, which says each time that there is none for 32 bits.
wine=/usr/lib/wine/wine64
[ -x "$wine" ] || wine=$(command -v wine64 || command -v wine)
export WINEPREFIX=$prefix WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY WAYLAND_DISPLAY
if [ ! -e "$prefix/complete" ]; then
    mkdir -p "$prefix"
    "$wine" wineboot --init >&2
    wineserver --wait
    x86_64-w64-mingw32-gcc -Wall -Wextra -Werror -O2 -shared -s -o "$prefix/drive_c/windows/system32/bcryptprimitives.dll" \
        "$here/prng.c" -ladvapi32
    touch "$prefix/complete"
fi
echo 'unset DISPLAY WAYLAND_DISPLAY'
printf 'export WINE=%q WINEPREFIX=%q WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES=%q\n' "$wine" "$prefix" "$WINEDLLOVERRIDES"
