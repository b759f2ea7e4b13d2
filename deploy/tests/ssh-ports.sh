#!/usr/bin/env bash
# Which ports of SSH the firewall is told to leave open, with the real sshd, in a namespace with an
# /etc/ssh of its own. As root. What it needs it installs by name.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ -z "${IN_NAMESPACE:-}" ]; then
    .ci/need.sh sshd openssh-server ss iproute2 iptables iptables nft nftables
    IN_NAMESPACE=1 exec unshare --net --mount --pid --mount-proc --fork --kill-child "$0"
fi
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset SSH_CONNECTION
ip link set lo up
mkdir -p "$work/ssh/sshd_config.d"
ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/ssh_host_ed25519_key"
mount --bind "$work/ssh" /etc/ssh
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd

ports() { # LINES OF SSHD_CONFIG [LINES OF AN INCLUDED FILE]
    printf 'Include /etc/ssh/sshd_config.d/*.conf\n%s\n' "$1" >/etc/ssh/sshd_config
    printf '%s\n' "${2:-}" >/etc/ssh/sshd_config.d/own.conf
    deploy/ssh-ports.sh | paste -sd' '
}
check 'of itself it is 22' is 22 ports ''
check 'another port is found' is 2222 ports 'Port 2222'
check 'every port is found' is '22 2222 8022' ports $'Port 22\nPort 2222' 'Port 8022'
check 'also in an included file' is 8022 ports '' 'Port 8022'
check 'also those of addresses' prints '2022 2222' ports $'ListenAddress 192.0.2.1:2222\nListenAddress [2001:db8::1]:2022'
check 'where one is in a Match nothing is lost' is 2222 ports $'Port 2222\nMatch User nobody\n  PasswordAuthentication no'
is_found() { SSH_CONNECTION='192.0.2.9 50000 192.0.2.1 4022' ports 'Port 22'; }
check 'the port of the session that runs it is found' is '22 4022' is_found
running() {
    printf 'Port 22\n' >/etc/ssh/sshd_config
    "$(command -v sshd)" -p 3022 -o PidFile="$work/pid"
    deploy/ssh-ports.sh | paste -sd' '
    kill "$(cat "$work/pid")"
}
check 'so is that of an sshd which runs with another' is '22 3022' running
systemctl() { # what systemd says of a socket unit, as Ubuntu has it
    case "$*" in
    *is-enabled*ssh.socket) ;;
    *show*ssh.socket) printf 'Listen=0.0.0.0:22 (Stream)\nListen=[::]:5022 (Stream)\nListen=6022 (Stream)\n' ;;
    *) return 1 ;;
    esac
}
mkdir "$work/bin"
{ echo '#!/bin/bash'; declare -f systemctl; echo 'systemctl "$@"'; } >"$work/bin/systemctl"
chmod +x "$work/bin/systemctl"
unset -f systemctl
from_socket() { PATH=$work/bin:$PATH ports 'Port 22'; }
check 'and those that systemd listens on for it' is '22 5022 6022' from_socket

# The firewall's files with several of them.
# shellcheck source=deploy/cluster/parts.sh
. deploy/cluster/parts.sh
eval "$(sed -n '/^with_ports() {/,/^}/p' deploy/provision.sh)"
others=192.0.2.7,192.0.2.8
rules() { here=deploy ssh_ports='22 2222' servers=$others with_ports "$@"; }
opened() { rules "$1" | grep -c 'dport \(22\|2222\) '; }
for file in rules.v4 rules.v6 nftables.conf; do
    check "$file lets both in" is 2 opened "$file"
done
its_rule='-A INPUT -p tcp -s PEER --dport 8080 -j ACCEPT'
let_in() { rules rules.v4 "$its_rule" | grep -o ' -s [^ ]* --dport 8080 ' | paste -sd' '; }
check 'with others, their addresses are let in to the server' is ' -s 192.0.2.7 --dport 8080   -s 192.0.2.8 --dport 8080 ' let_in
loads() { rules rules.v4 "$its_rule" | iptables-restore --test && rules rules.v6 | ip6tables-restore --test && rules nftables.conf | nft -c -f -; }
check 'and each can be loaded' loads

finish
