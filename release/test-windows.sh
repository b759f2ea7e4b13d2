#!/usr/bin/env bash
# Tries the programs for Windows under Wine: those that release/build.sh has packed, as who downloads
# them does, with the installer; or those in a folder.
#
#   release/test-windows.sh [FOLDER]
#
# The manager is a simulator on this machine: its pty is the COM port. That is built by cargo.
set -uo pipefail
# Without job control what is started in the background takes no notice of Ctrl-C.
set -m
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name=clouddata-$version-x86_64-pc-windows-gnu
work=$(mktemp -d)
declare -A running=()
clean_up() {
    local process
    for process in "${running[@]}"; do kill -KILL "$process" 2>/dev/null; done
    [ -z "${WINEPREFIX:-}" ] || wineserver --kill
    wait
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

.ci/need.sh curl curl python3 python3 unzip unzip x86_64-w64-mingw32-objdump binutils-mingw-w64-x86-64 || exit
environment=$(release/windows/wine.sh "$work/wine") || exit
eval "$environment"
cargo build --quiet --locked -p clouddata-simulator || exit

if [ $# -gt 0 ]; then
    programs=$(realpath "$1")
else
    [ -e "$target/dist/$name.zip" ] || { echo "test-windows.sh: there is no $name.zip; release/build.sh makes it" >&2; exit 66; }
    unzip -q "$target/dist/$name.zip" -d "$work"
    programs=$work/$name
fi

windows() { # PROGRAM ARGUMENT...
    "$WINE" "$programs/$1.exe" "${@:2}"
}
# In the background, as NAME; what it says is in files of that name.
start() { # NAME PROGRAM ARGUMENT...
    "$WINE" "$programs/$2.exe" "${@:3}" >"$work/$1.said" 2>"$work/$1.log" &
    running[$1]=$!
}
# Ctrl-C, after which it ends with success.
interrupt() { # NAME WHAT IS CHECKED
    local status
    kill -INT "${running[$1]}"
    wait "${running[$1]}"
    status=$?
    unset "running[$1]"
    check "$2" is 0 echo "$status"
}
address() { # NAME: where it serves its page
    cat "$work/$1.said" "$work/$1.log" 2>/dev/null | grep -o 'http://127\.0\.0\.1:[0-9]*' | head -n 1
}
has_address() { [ -n "$(address "$1")" ]; }
# The first line names the columns.
lines() { curl -fsS "$1/api/v1/readings?format=csv" | wc -l; }
has_lines() { [ "$(lines "$1")" -gt "$2" ]; }
acknowledged() { wc -l <"$work/ledger"; }
has_acknowledged() { [ "$(acknowledged)" -gt "$1" ]; }
ends_with() { # CODE COMMAND...: exits with that
    local status=0
    "${@:2}" || status=$?
    [ "$status" -eq "$1" ] || { echo "exit code $status"; return 1; }
}

for program in clouddata clouddata-gateway clouddata-server clouddata-simulator; do
    check "$program says its version" prints "$program $version" windows "$program" --version
    check "$program needs nothing that Windows has not" denied sh -c \
        "x86_64-w64-mingw32-objdump -p '$programs/$program.exe' | grep -iE 'DLL Name: .*(gcc|pthread|stdc|mingw)'"
done

# The whole system in one process, with what Windows has instead of a pty.
start system clouddata --simulate --listen 127.0.0.1:0
check 'the system starts' soon has_address system
check 'there are readings' soon has_lines "$(address system)" 5
check 'there is a page' prints '<html' curl -fsS --compressed "$(address system)/"
check 'it can be asked how it is' prints '"status":"ok"' windows clouddata health --listen "$(address system | sed 's|http://||')"
check 'its state is in %PROGRAMDATA%' test -s "$work/wine/drive_c/ProgramData/clouddata/clouddata-simulated/readings.db"
check 'another one says that it is running' prints 'in use by process' windows clouddata --simulate --listen 127.0.0.1:0
interrupt system 'Ctrl-C ends it'

# A kit at a COM port, a server, and an outage of that.
"$target/debug/clouddata-simulator" --motes 5 --period 500ms --ledger "$work/ledger" >"$work/port" 2>"$work/simulator.log" &
running[simulator]=$!
soon test -s "$work/port"
ln -s "$(head -n 1 "$work/port")" "$work/wine/dosdevices/com15"
start server clouddata-server --listen 127.0.0.1:0
check 'the server starts' soon has_address server
url=$(address server)
start gateway clouddata-gateway run --port COM15 --server "$url"
check 'readings come by the COM port' soon has_lines "$url" 20
kill -KILL "${running[server]}"
wait "${running[server]}" 2>/dev/null
before=$(acknowledged)
check 'readings are taken while the server is away' soon has_acknowledged "$((before + 30))"
kill -KILL "${running[gateway]}"
wait "${running[gateway]}" 2>/dev/null
start server clouddata-server --listen "${url#http://}"
start gateway clouddata-gateway run --port COM15 --server "$url"
check 'they are sent when it is back' soon has_lines "$url" "$((before + 30))"
check 'and more come' soon has_acknowledged "$((before + 60))"
interrupt gateway 'Ctrl-C ends the gateway'
kill "${running[simulator]}"
wait "${running[simulator]}"
unset 'running[simulator]'
is_the_same() {
    curl -fsS "$url/api/v1/readings?format=csv" >"$work/stored" && release/windows/same.py "$work/ledger" "$work/stored"
}
check 'what was acknowledged is what is stored' is_the_same
interrupt server 'Ctrl-C ends the server'
check 'a port that is not there is not called busy' prints 'COM77 does not exist' windows clouddata-gateway run --port com77
check 'and the exit code says so' ends_with 69 windows clouddata-gateway run --port com77

# As a service, with settings that are there already.
# Wine gives services another folder of that name than users.
ours=$work/wine/drive_c/users/Public/clouddata
mkdir -p "$ours" "$work/wine/drive_c/ProgramData/clouddata"
echo '# there is one' >"$work/wine/drive_c/ProgramData/clouddata/server.toml"
echo 'listen = "127.0.0.1:0"' >"$ours/server.toml"
serves() { curl -fsS "$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$ours/clouddata-server.log" | tail -n 1)/health"; }
# With the last program of a user Wine ends its services.
start user clouddata-simulator
check 'a service can be installed' windows clouddata-server service install
check 'it serves' soon serves
check 'it is not installed twice' prints 'already' windows clouddata-server service install
check 'it is told to stop' "$WINE" net stop clouddata-server
check 'and stops' soon denied serves
check 'with a word' grep -q 'stopping' "$ours/clouddata-server.log"
check 'it can be started again' "$WINE" net start clouddata-server
check 'and serves again' soon serves
check 'it can be removed' windows clouddata-server service remove
check 'and stops then' soon denied serves
interrupt user 'Ctrl-C ends the simulator'
check 'what is no service has none' prints 'there is no service' windows clouddata-gateway service remove
check 'Windows alone starts it' prints 'Windows starts this' windows clouddata-gateway service run

if [ $# -eq 0 ]; then
    installed="$work/wine/drive_c/Program Files/clouddata"
    check 'the installer installs' "$WINE" msiexec /i "$target/dist/$name.msi" /qn
    check 'what is in the archive' diff -r "$programs" "$installed"
    check 'and it runs from there' prints "clouddata $version" "$WINE" 'C:\Program Files\clouddata\clouddata.exe' --version
    check 'it can be uninstalled' "$WINE" msiexec /x "$target/dist/$name.msi" /qn
    check 'and is gone' denied test -e "$installed/clouddata.exe"
    for file in "$target/dist/$name".{zip,msi} "$programs"/*.exe; do
        echo "${file##*/}: $(stat -c %s "$file") octets"
    done
fi
finish
