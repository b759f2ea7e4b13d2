# What deploy/packaging/test.sh is to find of the server's package.
# shellcheck shell=bash disable=SC2034,SC2154 # given to and by that script

groups=("$name")
files=("${completions[@]}")
command="/usr/bin/$name"
setting='rate_limit = 7'
data=readings.db

check_own() {
    check 'bash completes its commands' is export completed exp
    check 'the unit brings it back whatever ended it' grep -qx 'Restart=always' "$unit"
}
