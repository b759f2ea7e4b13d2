#!/usr/bin/env bash
# Makes this machine one of those that a cluster of clouddata-servers stands on: a NATS server with JetStream, or the
# history, VictoriaMetrics; from the system's own packages, now and after a reboot. As root. What is already as it
# should be is left alone.
#
#   engines.sh nats OWN-ADDRESS [OTHER-ADDRESS]...   three in all, the same three on each machine
#   engines.sh history OWN-ADDRESS
#
# Clients reach NATS on port 4222, the other NATS servers on 6222, this machine on 8222 (curl 127.0.0.1:8222/healthz
# says whether it has caught up); VictoriaMetrics is at 8428. Neither wants a password here: the network, or a
# firewall, is to let nobody but the cluster's own machines in.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

die() {
    echo "engines.sh: $*" >&2
    exit 1
}
[ $# -gt 1 ] || die "usage: engines.sh nats OWN-ADDRESS [OTHER-ADDRESS]... | engines.sh history OWN-ADDRESS"
[ "$(id -u)" -eq 0 ] || die "only root can do this; put sudo before it"
what=$1 own=$2
for address in "${@:2}"; do
    [[ $address =~ ^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "no IPv4 address: $address"
done

changed=''
put() { # FILE: what comes on stdin becomes it
    local content
    content=$(cat)
    [ "$(cat "$1" 2>/dev/null)" = "$content" ] && return
    mkdir -p "$(dirname "$1")"
    echo "$content" >"$1"
    changed=1
    echo "engines.sh: wrote $1"
}
package() { # NAME
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        apt-get -qq install -y --no-install-recommends "$1" >/dev/null || die "apt cannot install $1, see above"
}
keep_up() { # UNIT: Debian's leaves one that was killed where it lies; what comes on stdin is added to its service
    put "/etc/systemd/system/$1.service.d/clouddata.conf" <<TEXT
[Unit]
StartLimitIntervalSec=0

[Service]
Restart=always
RestartSec=500ms
$(cat)
TEXT
}
start() { # UNIT
    systemctl daemon-reload
    systemctl --quiet enable "$1"
    [ -z "$changed" ] || systemctl restart "$1"
    systemctl start "$1" || die "$1 does not start; journalctl -u $1 says why"
}

nats() { # OWN [OTHER]...
    local cluster='' routes
    package nats-server
    if [ $# -gt 1 ]; then
        [ $# -eq 3 ] || die "three NATS servers are needed, so that two are a majority"
        # The same text wherever an address stands in the list.
        routes=$(printf '%s\n' "$@" | sort | sed 's|.*|"nats://&:6222"|' | paste -sd, | sed 's/,/, /g')
        cluster="cluster { name: clouddata, listen: \"$own:6222\", routes: [$routes] }"
    fi
    put /etc/nats-server.conf <<TEXT
# By engines.sh of clouddata.
server_name: "nats-$own"
listen: "$own:4222"
http: "127.0.0.1:8222"
# The log takes a gigabyte and wants that free besides what else there is.
jetstream { store_dir: "/var/lib/nats", max_mem: 256M, max_file: 4G }
$cluster
TEXT
    keep_up nats-server <<'TEXT'
StateDirectory=nats
LimitNOFILE=65536
TEXT
    start nats-server
}

history_of() { # OWN
    package victoria-metrics
    # Once, however often a reading is written; shown at once; and kept for as long as what is kept longest.
    put /etc/default/victoria-metrics <<TEXT
# By engines.sh of clouddata.
ARGS="-storageDataPath=/var/lib/victoria-metrics -httpListenAddr=$own:8428 -retentionPeriod=31d -dedup.minScrapeInterval=1ms -search.latencyOffset=0s"
TEXT
    keep_up victoria-metrics </dev/null
    start victoria-metrics
}

case $what in
nats) nats "${@:2}" ;;
history) history_of "$own" ;;
*) die "no such engine: $what" ;;
esac
[ -n "$changed" ] || echo 'engines.sh: everything is as it should be'
