#!/usr/bin/env bash
# What a container cannot show: the image of test-machine.sh with Debian's kernel, in an emulated PC
# (QEMU without KVM, so that it runs anywhere). provision.sh has set it up before it is first booted;
# then the kernel has to load the firewall, and its driver of FTDI's USB serial ports brings two of
# them, with a simulated manager on one, which the gateway has to find by itself. As root; on demand,
# as it takes some minutes.
#
#   deploy/test-vm.sh
#
# QEMU's port says 0403:6001, FTDI's single UART, and not 0403:6011, the quad UART of the manager's
# boards. So the gateway takes it for FTDI's make, and listens which of the two has a manager; that it
# takes a quad UART's fourth port at once is tested without a device (gateway/src/port).
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/ledger.sh
. deploy/tests/ledger.sh

die() {
    echo "test-vm.sh: $*" >&2
    exit 1
}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
image=$(deploy/test-machine.sh image) || die "there is no image"
.ci/qemu.sh x86
.ci/need.sh mkfs.ext4 e2fsprogs socat socat curl curl
for program in gateway server; do
    [ -e "$(find "$target/debian" -name "clouddata-${program}_*_amd64.deb" | head -1)" ] ||
        deploy/packaging/build.sh "$program" || die "the package of the $program cannot be built"
done
cargo build --quiet -p clouddata-simulator || exit
PATH=$target/debug:$PATH

work=$(mktemp -d "$(dirname "$image")/test-vm.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# --- The disk

with_kernel=$(dirname "$image")/kernel-${image##*/machine-}
add_kernel() {
    cp -a --reflink=auto "$image" "$with_kernel.part"
    systemd-nspawn -q -D "$with_kernel.part" --register=no --keep-unit --pipe --resolv-conf=replace-host sh -c 'export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update && apt-get -qq install -y --no-install-recommends linux-image-amd64 initramfs-tools udev >/dev/null &&
        apt-get clean' && mv "$with_kernel.part" "$with_kernel"
}
if [ ! -e "$with_kernel" ]; then
    rm -rf "$(dirname "$image")"/kernel-*
    add_kernel || die "the kernel cannot be installed"
fi

root=$work/debian
in_root() { systemd-nspawn -q -D "$root" --register=no --keep-unit --pipe "$@"; }
cp -a --reflink=auto "$with_kernel" "$root"
cp "$target"/debian/clouddata-{gateway,server}_*_amd64.deb "$root/root/"
check 'the packages are installed' in_root sh -c 'dpkg -i /root/clouddata-*.deb >/dev/null 2>&1'
check 'provision.sh sets up a machine that does not run' prints 'done, with' \
    in_root /usr/share/clouddata-server/provision.sh --packages /root/packages
# The address that QEMU's network gives.
install -D /dev/stdin "$root/etc/systemd/network/any.network" <<<$'[Match]\nName=eth0\n[Network]\nDHCP=ipv4'
in_root systemctl --quiet enable systemd-networkd
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
cp "$root"/boot/vmlinuz-* "$work/kernel"
cp "$root"/boot/initrd.img-* "$work/initrd"
truncate -s 2G "$work/disk"
mkfs.ext4 -q -d "$root" "$work/disk"
rm -rf "$root"

# --- The manager, its pty joined to the one port; nothing is on the other

clouddata-simulator --period 1s --link "$work/api" --ledger "$work/ledger" >"$work/simulator.log" 2>&1 &
simulator=$!
soon test -e "$work/api" || die "the simulator does not start"
socat "UNIX-LISTEN:$work/manager" "OPEN:$work/api,rawer,nonblock" &
soon test -S "$work/manager" || die "socat does not start"

# --- The machine

http=$((20000 + RANDOM % 10000)) direct=$((30000 + RANDOM % 2000))
qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -display none -no-reboot \
    -kernel "$work/kernel" -initrd "$work/initrd" \
    -append 'root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off systemd.journald.forward_to_console=1' \
    -drive "file=$work/disk,format=raw,if=virtio" -serial "file:$work/console" -monitor "unix:$work/monitor,server,nowait" \
    -nic "user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:$http-:80,hostfwd=tcp:127.0.0.1:$direct-:8080" \
    -device qemu-xhci -chardev null,id=nothing -device usb-serial,chardev=nothing,serial=SILENT,always-plugged=on \
    -chardev "socket,id=manager,path=$work/manager" -device usb-serial,chardev=manager,serial=MANAGER &
machine=$!

# An emulated PC is slow, more so on a busy machine.
eventually() { # COMMAND...
    local _
    for _ in {1..10}; do
        soon "$@" && return
        kill -0 "$machine" || return
    done
    return 1
}
base=http://127.0.0.1:$http
get() { curl -fsS --max-time 10 "$@"; }
stores() { [ "$(stored)" -ge "$1" ]; }
says() { grep -aqE "$1" "$work/console"; } # PATTERN: on the console, where the journal goes

check 'it boots, and serves the page' eventually prints '<title>' get "$base/"
check 'the kernel has two serial ports of FTDI' eventually says 'FTDI USB Serial Device converter now attached to ttyUSB1'
check 'from outside 8080 is closed' denied get "http://127.0.0.1:$direct/"
check "the gateway finds the manager's, and its readings are stored" eventually stores 20
grep -a 'clouddata-gateway\[' "$work/console" | grep -a ttyUSB | head -3
kill "$simulator"
wait "$simulator"
check 'all that was acknowledged is stored, and nothing else' soon all_stored
echo "readings: $(acknowledged) acknowledged, $(stored) stored"
socat - "UNIX:$work/monitor" <<<system_powerdown >/dev/null
is_off() { ! kill -0 "$machine" 2>/dev/null; }
check 'it powers off when told to' eventually is_off
[ "$failed" -eq 0 ] || tail -c 6000 "$work/console"
finish
