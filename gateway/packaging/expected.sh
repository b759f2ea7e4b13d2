# What deploy/packaging/test.sh is to find of the gateway's package.
# shellcheck shell=bash disable=SC2034,SC2154 # given to and by that script

groups=("$name" dialout)
files=(/usr/lib/udev/rules.d/70-clouddata-smartmesh.rules "${completions[@]}")
command="/usr/bin/$name run"
setting='spool_limit = 1'
data=spool.sqlite

check_own() {
    local rule=/usr/lib/udev/rules.d/70-clouddata-smartmesh.rules
    check 'bash completes its commands' is doctor completed doc
    check 'the udev rule links the serial API' grep -q \
        '^ENV{ID_USB_INTERFACE_NUM}=="03", .*SYMLINK+="smartmesh-api"' "$rule"
    if udevadm verify --help >/dev/null 2>&1; then # since systemd 254
        check 'the udev rule is understood' udevadm verify "$rule"
    fi
}
