#!/bin/sh
# Prints each port on which this machine takes SSH, for the firewall to leave open: what sshd makes of
# its whole configuration, what systemd listens on in its place, what it listens on now, and what
# this session came by. Nothing if there is no SSH.
{
    # With all that is included, several ports, and the ports of the addresses; without any host
    # key it says nothing.
    sshd -T 2>/dev/null | sed -n 's/^listenaddress .*:\([0-9]*\)$/\1/p; s/^port //p'
    for socket in ssh.socket sshd.socket; do
        # Listen=[::]:22 (Stream)
        systemctl is-enabled --quiet "$socket" 2>/dev/null || systemctl is-active --quiet "$socket" 2>/dev/null || continue
        systemctl show --property=Listen "$socket" | sed -n 's/^Listen=.*[]:0-9.]:\([0-9]*\) (Stream)$/\1/p; s/^Listen=\([0-9]*\) (Stream)$/\1/p'
    done
    ss -Hltnp 2>/dev/null | awk '/"sshd"/ { sub(/.*:/, "", $4); print $4 }'
    # CLIENT PORT SERVER PORT
    echo "${SSH_CONNECTION:-}" | cut -s -d' ' -f4
} | grep -x '[1-9][0-9]*' | sort -nu
