#!/usr/bin/env bash
# The server on the Internet, in whole machines: Debian root file systems under real systemd, each in
# a container with a network of its own. One is the server, one a Raspberry Pi's place with the
# gateway, whose serial port is the simulator's pty; a third network is the Internet, from which the
# checks are made. As root. What it needs it installs by name; the machines get nothing but packages.
#
#   deploy/test-machine.sh [embedded|influxdb|cluster]...        all if none is named
#   deploy/test-machine.sh image                         only makes the image, and says where it is
#   SUITE=trixie deploy/test-machine.sh …                Debian 13 instead of 12
#
# The packages are those in target/debian, or are built. The image is kept in
# ${XDG_CACHE_HOME:-~/.cache}/clouddata and made anew when this script asks for another.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.." || exit
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/ledger.sh
. deploy/tests/ledger.sh
# shellcheck source=deploy/tests/machine.sh
. deploy/tests/machine.sh

die() {
    echo "test-machine.sh: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || die "only root can make machines"
[ $# -gt 0 ] || set -- embedded influxdb cluster

suite=${SUITE:-bookworm}
system=(systemd systemd-sysv dbus openssh-server iproute2 iputils-ping procps)
# What provision.sh installs, put into a folder of the image, and the supervisor, into another.
extra=(nginx-light iptables-persistent curl influxdb nats-server victoria-metrics)
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/clouddata
image=$cache/machine-$suite-$(sha256sum <<<"${system[*]} / ${extra[*]} / supervisor" | cut -c1-12)

download() { # FOLDER PACKAGE...: the hook that puts packages, and what they need, into the image
    # shellcheck disable=SC2016 # for the hook's own shell
    printf 'mkdir -p "$1%s/partial" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq install -y --no-install-recommends \
        --download-only -o APT::Sandbox::User=root -o Dir::Cache::archives="$1%s" %s && rm -rf "$1%s/partial" "$1%s/lock"' \
        "$1" "$1" "${*:2}" "$1" "$1"
}
make_image() {
    rm -rf "$cache/machine-$suite"-*
    mkdir -p "$cache"
    mmdebstrap --quiet --mode=root --variant=minbase --include="$(IFS=,; echo "${system[*]}")" \
        --customize-hook="$(download /root/packages "${extra[@]}")" \
        --customize-hook="$(download /root/supervisor supervisor)" \
        "$suite" "$image.part" && mv "$image.part" "$image"
}

.ci/need.sh mmdebstrap mmdebstrap systemd-nspawn systemd-container curl curl ip iproute2 ping iputils-ping openssl openssl
[ -e "$image" ] || make_image || die "the image cannot be made"
[ "$1" != image ] || { echo "$image"; exit; }
for program in gateway server; do
    [ -e "$(find "$target/debian" -name "clouddata-${program}_*_amd64.deb" | head -1)" ] ||
        deploy/packaging/build.sh "$program" || die "the package of the $program cannot be built"
done
cargo build --quiet -p clouddata-simulator || exit
if [[ " $* " == *' cluster '* ]]; then cargo build --quiet -p clouddata-server --features cluster || exit; fi

work=$(mktemp -d "$cache/test-machine.XXXXXX")
dpkg-deb --extract "$target"/debian/clouddata-gateway_*_amd64.deb "$work/tools"
PATH=$work/tools/usr/bin:$target/debug:$PATH

# --- The network: a bridge in the Internet, and a cable from it to each machine.

internet=clouddata-internet-$$
outside() { ip netns exec "$internet" "$@"; }
plug() { # MACHINE NUMBER
    local space
    space=$(namespace "$1")
    ip netns add "$space"
    ip link add eth0 netns "$space" type veth peer name "$1" netns "$internet"
    ip -n "$internet" link set "$1" master bridge up
    ip -n "$space" link set lo up
    ip -n "$space" link set eth0 up
    ip -n "$space" address add "192.0.2.$2/24" dev eth0
    ip -n "$space" address add "2001:db8::$2/64" dev eth0 nodad
}
ip netns add "$internet"
ip -n "$internet" link add bridge type bridge
ip -n "$internet" link set bridge up
ip -n "$internet" address add 192.0.2.1/24 dev bridge
ip -n "$internet" address add 2001:db8::1/64 dev bridge nodad
plug server 2
plug pi 3

clean_up() {
    trap - EXIT
    power_off pi
    power_off server
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    local space
    for space in "$internet" "$(namespace server)" "$(namespace pi)"; do ip netns delete "$space"; done 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

fresh() { # MACHINE PACKAGE
    cp -a --reflink=auto "$image" "$work/$1"
    cp "$target"/debian/"$2"_*_amd64.deb "$work/$1/root/"
    echo "$1" >"$work/$1/etc/hostname"
}

# --- What is checked

base=http://192.0.2.2
get() { outside curl -sS --max-time 10 "$@"; }
status() { get -o /dev/null -w '%{http_code}' "$@"; }
times_out() { # ADDRESS PORT
    outside curl -sS --connect-timeout 1 "http://$1:$2/"
    is 28 echo $?
}
provision() { # OPTION...
    inside server /usr/share/clouddata-server/provision.sh --packages /root/packages "$@"
}
matches() { grep -qE "$1" <("${@:2}"); } # PATTERN COMMAND...: a line of what it prints
post_random() { # SECONDS
    outside clouddata-gateway random --server "$base" --motes 5 --rate 20 --duration "$1s" 2>&1
}
number_of() { grep -o "[0-9]* $1" | cut -d' ' -f1; } # WORD: the number before it
of_unit() { inside server systemctl show -P "$2" "$1"; } # UNIT PROPERTY
# What a second run must not touch.
state() {
    inside server sh -c 'find /etc /usr -xdev -newer /root/mark 2>/dev/null
        systemctl show -P ExecMainStartTimestampMonotonic clouddata-server nginx influxdb netfilter-persistent'
}

reachable_as_it_should_be() { # WHEN
    local address
    for address in 192.0.2.2 2001:db8::2; do
        check "$1: $address answers ping" outside ping -c 1 -W 5 "$address"
        [[ $address != *:* ]] || address="[$address]"
        check "$1: the page is at $address" prints '<title>' get "http://$address/"
        for port in 3000 8080 8083 8086; do
            check "$1: $address does not answer on $port" times_out "$address" "$port"
        done
    done
    check "$1: SSH answers" prints SSH-2.0 outside bash -c 'exec 3<>/dev/tcp/192.0.2.2/22; read -t 5 -r line <&3; echo "$line"'
}

listens_on_loopback_only() { # PORT
    is '' inside server sh -c "ss -Hltn sport = :$1 | awk '{ print \$4 }' | grep -v '^127\.0\.0\.1:\|^\[::1\]:'"
}

acts() { is active inside server systemctl is-active "$1"; }
comes_back() { # UNIT: after kill -9, as another process
    local before began
    before=$(of_unit "$1" MainPID)
    [ "${before:-0}" -gt 1 ] && inside server kill -9 "$before" || return
    began=${EPOCHREALTIME/./}
    another() { [ "$(of_unit "$1" MainPID)" != "$before" ] && acts "$1" && is 200 status "$base/health"; }
    soon another "$1" || return
    echo "$1 killed: answers again after $(((${EPOCHREALTIME/./} - began) / 1000)) ms" >>"$work/figures"
}

memory() { # proportional set size in MiB, by program
    inside server sh -c 'cd /proc; for p in [0-9]*; do
        printf "%s %s\n" "$(awk "/^Pss:/ { print \$2 }" $p/smaps_rollup 2>/dev/null)" "$(cat $p/comm 2>/dev/null)"; done' |
        awk 'NF == 2 { kib[$2] += $1; all += $1 }
            END { printf "  all %.0f MiB:", all / 1024; for (name in kib) printf " %s %.1f", name, kib[name] / 1024; print "" }'
}

# What a cluster stands on, on the same machine here, and the server that can be in one.
with_engines() {
    local engines=/usr/share/clouddata-server/cluster/engines.sh
    cp "$target/debug/clouddata-server" "$work/server/root/"
    check 'cluster: without NATS it is said what to do' prints 'NATS does not answer' provision "${cluster[@]}"
    inside server sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -qq install -y /root/packages/nats-server_*.deb /root/packages/victoria-metrics_*.deb >/dev/null' ||
        return
    check 'cluster: as Debian starts it NATS has no JetStream, which is said' prints 'has no JetStream' provision "${cluster[@]}"
    check 'cluster: engines.sh makes a NATS server' inside server "$engines" nats 127.0.0.1
    check 'cluster: and the history' inside server "$engines" history 127.0.0.1
    check 'cluster: and again it changes nothing' prints 'as it should be' inside server "$engines" history 127.0.0.1
    check "cluster: the package's server is refused, and what to do is said" prints 'build one that has' provision "${cluster[@]:0:6}"
}
# shellcheck disable=SC2054 # those commas are of the options
cluster=(--engine cluster --nats 127.0.0.1:4222 --history http://127.0.0.1:8428 --server-binary /root/clouddata-server
    --servers 192.0.2.2,192.0.2.9)

# Another server is let in, which has this address, and nobody else.
among_servers() {
    ip -n "$internet" address add 192.0.2.9/24 dev bridge
    check 'cluster: another server reaches this one' is 200 status --interface 192.0.2.9 http://192.0.2.2:8080/health
    ip -n "$internet" address delete 192.0.2.9/24 dev bridge
    check 'cluster: nginx knows the other' inside server \
        grep -qx 'server 192.0.2.9:8080 fail_timeout=2s;' /etc/nginx/clouddata/servers/others.conf
}

server_machine() { # ENGINE
    local before accepted refused taken services=(clouddata-server nginx) options=(--engine "$1")
    case $1 in
    influxdb) services+=(influxdb) ;;
    cluster) services+=(nats-server victoria-metrics) options=("${cluster[@]}") ;;
    esac
    fresh server clouddata-server
    check "$1: the server boots" boot server
    check "$1: the server's package is installed" inside server \
        sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -qq install -y /root/clouddata-server_*.deb >/dev/null'
    [ "$1" != cluster ] || with_engines
    check "$1: provision.sh sets it up" provision "${options[@]}"
    # Without it the rest would only fail slowly.
    [ "$failed" -eq 0 ] || return
    inside server touch /root/mark
    before=$(state)
    check "$1: provision.sh again changes nothing, and says so" prints 'nothing was changed' provision "${options[@]}"
    check "$1: not a file, and restarts nothing" is "$before" state
    check "$1: nothing has failed" is '' inside server systemctl --failed --plain --no-legend
    check "$1: the firewall is loaded at boot" is enabled inside server systemctl is-enabled netfilter-persistent
    reachable_as_it_should_be "$1"
    if [ "$1" = cluster ]; then among_servers; else check "$1: the server listens on loopback only" listens_on_loopback_only 8080; fi
    check "$1: the engine listens on loopback only" listens_on_loopback_only 8086
    if [ "$1" = influxdb ]; then
        listened() { inside server journalctl -u influxdb -o cat | grep -o 'Listening on HTTP.* addr=[^ ]*' | sed 's/.*addr=//' | sort -u; }
        check 'influxdb: nor did it listen elsewhere when it was installed' is 127.0.0.1:8086 listened
        echo '# as an older version had it' >>"$work/server/etc/systemd/system/influxdb.service.d/clouddata.conf"
        check 'influxdb: a newer version renews its settings' prints 'wrote /etc/systemd/system/influxdb' provision
    fi

    accepted=$(post_random 3 | number_of accepted)
    check "$1: readings are taken" test "${accepted:-0}" -gt 0
    check "$1: that of the old gateway, too" is 204 status -H 'Content-type: application/json' \
        -d '{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 22.97}' "$base/api/v1/oap"
    accepted=$((accepted + 1))
    check "$1: as it sent it" matches '^00-17-0d-00-00-30-5d-39,.*,22\.97\b' get "$base/api/v1/readings?format=csv"
    check "$1: what was taken is stored" is "$accepted" stored
    check "$1: it reboots" reboot server
    check "$1, rebooted: nothing has failed" is '' inside server systemctl --failed --plain --no-legend
    check "$1, rebooted: it answers" soon is 200 status "$base/health"
    reachable_as_it_should_be "$1, rebooted"
    check "$1, rebooted: what was stored still is" is "$accepted" stored
    check "$1, rebooted: provision.sh changes nothing" prints 'nothing was changed' provision

    before=$(stored)
    post_random 15 >"$work/random" &
    for service in "${services[@]}"; do
        check "$1: $service is killed and comes back" comes_back "$service"
    done
    wait $!
    taken=$(($(stored) - before)) accepted=$(number_of accepted <"$work/random") refused=$(number_of failed <"$work/random")
    echo "$1: while those were killed $accepted readings were answered, $refused were not, $taken are stored" >>"$work/figures"
    check "$1: nothing that was answered is lost" test "$taken" -ge "$accepted"
    check "$1: nothing is stored that was not sent" test "$taken" -le $((accepted + refused))
}

gateway_machine() { # ENGINE
    local simulator before at_stop pty
    : >"$work/ledger"
    before=$(stored)
    clouddata-simulator --period 500ms --link "$work/api" --ledger "$work/ledger" >"$work/simulator.log" 2>&1 &
    simulator=$!
    soon test -e "$work/api" || return
    pty=$(realpath "$work/api")
    # As udev would: the group dialout, which has this number in Debian.
    chgrp 20 "$pty"
    chmod 660 "$pty"
    fresh pi clouddata-gateway
    # Before it is booted: what follows is what a reboot brings.
    check "$1: the gateway's package is installed" systemd-nspawn -q -D "$work/pi" --register=no --keep-unit --pipe \
        sh -c 'dpkg -i /root/clouddata-gateway_*.deb >/dev/null 2>&1'
    printf 'server = "%s"\nport = "/dev/ttyUSB3"\n' "$base" >>"$work/pi/etc/clouddata/gateway.toml"
    # A pty is not among the kinds of device that the unit permits.
    install -D /dev/stdin "$work/pi/etc/systemd/system/clouddata-gateway.service.d/pty.conf" <<<$'[Service]\nDeviceAllow=char-pts rw'
    check "$1: the gateway's machine boots" boot pi "--bind=$pty:/dev/ttyUSB3"
    check "$1: the gateway runs" is active inside pi systemctl is-active clouddata-gateway
    check "$1: as a user of its own, in dialout" is 'clouddata-gateway: clouddata-gateway dialout' inside pi sh -c \
        'user=$(stat -c %U "/proc/$(systemctl show -P MainPID clouddata-gateway)"); echo "$user: $(id -Gn "$user")"'
    check "$1: the manager's notifications are acknowledged" soon has_acknowledged 20
    inside server systemctl stop clouddata-server
    at_stop=$(acknowledged)
    check "$1: also while the server is stopped" soon has_acknowledged $((at_stop + 20))
    check "$1: those wait on the gateway's disk" matches '^waiting +[1-9]' \
        inside pi clouddata-gateway spool stat --state-dir /var/lib/clouddata-gateway
    inside server systemctl start clouddata-server
    kill "$simulator"
    wait "$simulator"
    check "$1: all that was acknowledged is stored, and nothing else" soon all_stored "$before"
    echo "$1: the gateway's machine: $(acknowledged) readings acknowledged, $(($(stored) - before)) stored" >>"$work/figures"
    power_off pi
}

with_tls_and_tokens() {
    local name=clouddata.example live=$work/server/etc/letsencrypt/live/clouddata.example before accepted
    local tls=(--cacert "$work/cert.pem" --resolve "$name:443:192.0.2.2")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    check 'TLS: without a certificate provision.sh says how to get one' prints "certbot certonly --webroot -w /var/www/html -d $name" \
        provision --domain "$name" --tls certbot
    check 'TLS: and port 80 is served' is 200 status "$base/health"
    # As certbot would.
    install -D -m 644 "$work/cert.pem" "$live/fullchain.pem"
    install -D -m 600 "$work/key.pem" "$live/privkey.pem"
    echo 'attic: 0123456789abcdef' >"$work/server/root/tokens"
    check 'TLS: provision.sh takes the certificate, and tokens' provision --domain "$name" --tls certbot --token-file /root/tokens
    check 'TLS: the page is at 443' prints '<title>' get "${tls[@]}" "https://$name/"
    check 'TLS: port 80 stays' is 200 status "$base/health"
    before=$(stored)
    check 'TLS: without a token nothing is stored' prints '401' post_random 1
    accepted=$(CLOUDDATA_TOKEN=0123456789abcdef CLOUDDATA_ALLOW_TOKEN_OVER_HTTP=true post_random 1 | number_of accepted)
    check 'TLS: with a token readings are' test "${accepted:-0}" -gt 0
    check 'TLS: just those' is "$((before + accepted))" stored
    check 'TLS: provision.sh again changes nothing' prints 'nothing was changed' provision --domain "$name" --tls certbot --token-file /root/tokens
    check 'TLS: nor without options' prints 'nothing was changed' provision
}

with_supervisor() {
    check 'supervisor: it is installed' inside server sh -c \
        'DEBIAN_FRONTEND=noninteractive apt-get -qq install -y /root/supervisor/*.deb >/dev/null'
    inside server systemctl --quiet disable --now clouddata-server
    inside server cp /usr/share/clouddata-server/supervisor/clouddata-server.conf /etc/supervisor/conf.d/
    inside server supervisorctl update >/dev/null
    check 'supervisor: the server runs' soon prints RUNNING inside server supervisorctl status clouddata-server
    check 'supervisor: it answers through nginx' soon is 200 status "$base/health"
    check 'supervisor: what was stored still is' is "$1" stored
    check 'supervisor: provision.sh changes nothing' prints 'nothing was changed' provision
    local before began
    before=$(inside server supervisorctl pid clouddata-server)
    inside server kill -9 "$before"
    began=${EPOCHREALTIME/./}
    another() { [ "$(inside server supervisorctl pid clouddata-server)" != "$before" ] && is 200 status "$base/health"; }
    check 'supervisor: the server is killed and comes back' soon another
    echo "supervisor: server killed: answers again after $(((${EPOCHREALTIME/./} - began) / 1000)) ms" >>"$work/figures"
}

# Grafana's own package can be had only from its makers. A stand-in, which is told the same and says
# what it could read of that, shows what is around it.
with_grafana() {
    deploy/tests/stand-in-grafana.sh "$work/server/root/packages"
    check 'Grafana: provision.sh sets it up' prints 'installed grafana' provision --engine influxdb
    check 'Grafana: it is at /' soon prints "This is Grafana's stand-in" get "$base/"
    check 'Grafana: anyone may look' prints 'anonymous: true Viewer' get "$base/"
    check 'Grafana: it can read all that it is told of' is 5 grep -cE ': [0-9]+$' <(get "$base/")
    check 'Grafana: the page is at /live' prints '<title>' get "$base/live"
    check 'Grafana: readings are still taken' prints ' 0 failed' post_random 1
    check 'Grafana: it listens on loopback only' listens_on_loopback_only 3000
    check 'Grafana: it does not answer on 3000' times_out 192.0.2.2 3000
    check 'Grafana: provision.sh again changes nothing' prints 'nothing was changed' provision --engine influxdb
    check 'Grafana: it is killed and comes back' comes_back grafana-server
    inside server sh -c 'cp /etc/grafana/admin_password /root/; echo admin >/etc/grafana/admin_password'
    check "Grafana: with the password that everyone knows it does not start" denied inside server systemctl restart grafana-server
    check 'Grafana: which is said' prints 'admin_password is too short' inside server journalctl -u grafana-server -o cat
    inside server cp /root/admin_password /etc/grafana/
    check 'Grafana: with another one it does' inside server sh -c 'systemctl reset-failed grafana-server; systemctl start grafana-server'
}

for engine; do
    server_machine "$engine" && gateway_machine "$engine" || break
    memory_line=$(memory)
    echo "$engine: memory of the idle server$memory_line" >>"$work/figures"
    case $engine in
    embedded)
        with_tls_and_tokens
        with_supervisor "$(stored)"
        ;;
    influxdb) with_grafana ;;
    esac
    power_off server
done
cat "$work/figures" 2>/dev/null
finish
