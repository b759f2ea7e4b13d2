#!/usr/bin/env bash
# The firewall's files, each loaded in a network namespace that plays the server, with real sockets;
# another namespace plays the Internet. As root. What it needs it installs by name.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. tests/count.sh
../.ci/need.sh nginx nginx-light iptables iptables nft nftables dnsmasq dnsmasq-base curl curl ping iputils-ping

work=$(mktemp -d)
server=clouddata-server-$$ internet=clouddata-internet-$$
on_server() { ip netns exec "$server" "$@"; }
outside() { ip netns exec "$internet" "$@"; }
clean_up() {
    local namespace
    for namespace in "$server" "$internet"; do
        ip netns pids "$namespace" 2>/dev/null | xargs -r kill 2>/dev/null
        ip netns delete "$namespace" 2>/dev/null
    done
    rm -rf "$work" "/etc/netns/$server"
}
trap clean_up EXIT

ip netns add "$server"
ip netns add "$internet"
ip link add eth0 netns "$server" type veth peer name eth0 netns "$internet"
for namespace in "$server" "$internet"; do
    ip -n "$namespace" link set lo up
    ip -n "$namespace" link set eth0 up
done
ip -n "$server" address add 192.0.2.2/24 dev eth0
ip -n "$server" address add 2001:db8::2/64 dev eth0 nodad
ip -n "$internet" address add 192.0.2.1/24 dev eth0
ip -n "$internet" address add 2001:db8::1/64 dev eth0 nodad
mkdir -p "/etc/netns/$server"
echo nameserver 192.0.2.1 >"/etc/netns/$server/resolv.conf"

listen() { # NAMESPACE PORT...: an HTTP server that says on which port it was asked
    local port
    {
        echo "pid $work/$1.pid; error_log /dev/null; events {} http { access_log off; server {"
        for port in "${@:2}"; do
            echo "listen $port; listen [::]:$port;"
        done
        # shellcheck disable=SC2016 # it is a variable of nginx
        printf '%s\n' 'location / { return 200 "port $server_port\n"; } } }'
    } >"$work/$1.conf"
    ip netns exec "$1" nginx -p "$work" -c "$work/$1.conf"
}
listen "$server" 22 80 443 3000 8080 8083 8086
listen "$internet" 80
outside dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --pid-file="$work/dnsmasq.pid" --user=root \
    --address=/fetched.example/192.0.2.1 --address=/fetched.example/2001:db8::1

get() { # ADDRESS PORT: from outside
    outside curl -fsS --connect-timeout 0.5 --max-time 5 "http://$1:$2/"
}
times_out() { # ADDRESS PORT
    outside curl -sS --connect-timeout 0.5 "http://$1:$2/"
    is 28 echo $?
}
fetch() { on_server curl -fsS "-$1" --max-time 10 http://fetched.example/; } # 4|6

# The policy under test, by the same commands as at boot.
load_iptables() {
    on_server iptables-restore firewall/rules.v4 && on_server ip6tables-restore firewall/rules.v6
}
load_nftables() { on_server nft -f firewall/nftables.conf; }
unload() { on_server nft flush ruleset; }

# A connection to SSH that is there before the policy, as the operator's is.
ask() { # on the open connection
    local line
    printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >&3
    while read -r -t 5 line <&3; do [[ $line == 'port 22'* ]] && return; done
    return 1
}
hold() { # POLICY
    exec 3<>/dev/tcp/192.0.2.2/22 && ask && "load_$1" && ask && "load_$1" && ask
}
outlives() { # POLICY
    outside bash -c "$(declare -f on_server load_iptables load_nftables ask hold); server=$server; hold $1"
}

connects_while_loading() { # POLICY: no new connection to SSH fails while the policy is loaded anew
    local loading
    for _ in {1..20}; do "load_$1" || exit; done &
    loading=$!
    for _ in {1..40}; do
        get 192.0.2.2 22 || return
        get '[2001:db8::2]' 22 || return
    done
    wait "$loading"
}

for port in 22 3000 8080 8083 8086; do
    for address in 192.0.2.2 '[2001:db8::2]'; do
        check "without a firewall $address answers on $port" is "port $port" get "$address" "$port"
    done
done

for policy in iptables nftables; do
    check "$policy: it loads" "load_$policy"
    for address in 192.0.2.2 '[2001:db8::2]'; do
        for port in 22 80 443; do
            check "$policy: $address answers on $port" is "port $port" get "$address" "$port"
        done
        for port in 3000 8080 8083 8086; do
            check "$policy: $address does not answer on $port" times_out "$address" "$port"
        done
        check "$policy: $address answers ping" outside ping -c 1 -W 5 "${address//[][]/}"
    done
    check "$policy: the server reaches itself on 8080" on_server curl -fsS --max-time 5 http://127.0.0.1:8080/
    check "$policy: the server resolves and fetches by IPv4" is 'port 80' fetch 4
    check "$policy: the server resolves and fetches by IPv6" is 'port 80' fetch 6
    ip -n "$server" -6 neighbour flush dev eth0
    ip -n "$internet" -6 neighbour flush dev eth0
    check "$policy: neighbours find each other anew" is 'port 80' get '[2001:db8::2]' 80
    check "$policy: new connections to SSH come through while it is loaded anew" connects_while_loading "$policy"
    unload
    check "$policy: a connection to SSH outlives it" outlives "$policy"
    unload
done

finish
