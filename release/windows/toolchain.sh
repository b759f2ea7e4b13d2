#!/usr/bin/env bash
# Prints what to put into the environment, as shell commands, so that cargo builds programs for
# Windows: Debian's MinGW-w64 as C compiler and linker, and the standard library's source.
#
#   eval "$(release/windows/toolchain.sh)"
#   cargo build --target x86_64-pc-windows-gnu $BUILD_STD ...
#
# WINDOWS_LICENCES are then files with the terms of what is linked in.
set -euo pipefail
cd "$(dirname "$0")/../.."

.ci/need.sh x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32 >&2
firmware/toolchain.sh --source x86_64-pc-windows-gnu
printf 'export BUILD_STD=%q\n' '-Z build-std=std,panic_abort,proc_macro'
printf 'export WINDOWS_LICENCES=%q\n' \
    '/usr/share/doc/mingw-w64-x86-64-dev/copyright /usr/share/doc/gcc-mingw-w64-base/copyright'
