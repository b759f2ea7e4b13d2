#!/usr/bin/env bash
# Makes this machine the server on the Internet: clouddata-server, nginx, the firewall and, if asked
# for, InfluxDB and Grafana, installed, configured, running now and after a reboot. As root, on
# Debian 12 or 13 or Ubuntu LTS. What is already as it should be is left alone, so that it can be run
# again, after an upgrade or with other options.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

usage() {
    cat <<'TEXT'
Usage: provision.sh [OPTIONS]

  --engine embedded|influxdb|cluster
                              where readings are kept: in a file of the server's (the default), in
                              InfluxDB 1.x, which Grafana can ask, or where many servers share them
  --nats HOST:PORT[,…]        cluster: the NATS servers, which have JetStream
  --history URL               cluster: VictoriaMetrics
  --server-binary FILE        a server to run in place of the package's; cluster needs one, built by
                              cargo build --release -p clouddata-server --features cluster
  --servers ADDRESS[,…]       cluster: all servers, by IPv4 address, the same on each machine: nginx asks the
                              others too, on port 8080, where the firewall lets them in
  --domain NAME               the server's name, for TLS; without it any name is answered
  --tls certbot               TLS by the certificate that certbot has, or will be asked, for NAME
  --tls CERTIFICATE:KEY       TLS by these two files, in PEM
  --token-file FILE           gateways need one of the tokens in FILE: a line "NAME: TOKEN" each
  --firewall iptables|nftables|none
                              what holds the firewall (iptables)
  --ssh-port PORT             a port that the firewall leaves open for SSH besides all those of sshd
  --packages FOLDER           take packages from FOLDER before those of the system's sources
  --help                      this text

An option that is not given leaves the engine, the tokens, the name, TLS and the firewall as they are.
TEXT
}

here=$(dirname "$(realpath "$0")")
server_config=/etc/clouddata/server.toml
tokens=/etc/clouddata/server.tokens
changes=0

die() {
    echo "provision.sh: $*" >&2
    exit 1
}
wrong() {
    echo "provision.sh: $*; see --help" >&2
    exit 64
}
say() { echo "provision.sh: $*"; }
changed() {
    changes=$((changes + 1))
    say "$*"
}

# shellcheck source=deploy/cluster/parts.sh
. "$here/cluster/parts.sh"

engine='' nats='' history='' binary='' servers='' domain='' tls='' token_file='' firewall='' ssh_port='' ssh_ports='' packages=''
while [ $# -gt 0 ]; do
    case $1 in
    --help) usage; exit ;;
    --engine | --nats | --history | --server-binary | --servers | --domain | --tls | --token-file | --firewall | --ssh-port | --packages)
        [ $# -gt 1 ] || wrong "$1 needs a value" ;;
    *) wrong "unknown option: $1" ;;
    esac
    case $1 in
    --engine) engine=$2 ;;
    --nats) nats=$2 ;;
    --history) history=$2 ;;
    --server-binary) binary=$2 ;;
    --servers) servers=$2 ;;
    --domain) domain=$2 ;;
    --tls) tls=$2 ;;
    --token-file) token_file=$2 ;;
    --firewall) firewall=$2 ;;
    --ssh-port) ssh_port=$2 ;;
    --packages) packages=$2 ;;
    esac
    shift 2
done
[[ $engine =~ ^(|embedded|influxdb|cluster)$ ]] || wrong "no such engine: $engine"
check_cluster_options
[[ $firewall =~ ^(|iptables|nftables|none)$ ]] || wrong "no such firewall: $firewall"
[[ $ssh_port =~ ^([1-9][0-9]*)?$ ]] || wrong "no such port: $ssh_port"
[[ $domain =~ ^[A-Za-z0-9.-]*$ ]] || wrong "no such name: $domain"
[[ $tls =~ ^(|certbot|/.*:/.*)$ ]] || wrong "--tls takes certbot, or CERTIFICATE:KEY with the whole path of each"
[ "$tls" != certbot ] || [ -n "$domain" ] || wrong "--tls certbot needs --domain"
[ "$(id -u)" -eq 0 ] || die "only root can do this; put sudo before it"

# Before anything is changed: what would be found out half-way.
check_first() {
    local system
    # shellcheck disable=SC1091
    system=$(. /etc/os-release && echo "$ID $VERSION_ID")
    case $system in
    'debian 12' | 'debian 13' | 'ubuntu 22.04' | 'ubuntu 24.04' | 'ubuntu 26.04') ;;
    *) say "this is $system; it is made for Debian 12 and 13 and Ubuntu LTS, and may not work here" ;;
    esac
    [ -z "$token_file" ] || [ -r "$token_file" ] ||
        die "there is no $token_file; make one: echo \"gateway: \$(openssl rand -hex 16)\" > $token_file"
    [ -z "$packages" ] || [ -d "$packages" ] || die "there is no folder $packages"
    [ -z "$binary" ] || [ -x "$binary" ] || die "there is no program $binary"
    if [[ $tls == /* ]]; then
        cat "${tls%%:*}" "${tls#*:}" >/dev/null || die "the certificate and its key have to be there, see above"
    fi
    check_cluster
    if [ -z "$firewall" ]; then
        firewall=iptables
        ! grep -qs 'table inet clouddata' /etc/nftables.conf || firewall=nftables
    fi
    # Whatever it is, nobody is to be locked out.
    ssh_ports=$({ "$here/ssh-ports.sh"; echo "$ssh_port"; } | grep . | sort -nu | paste -sd' ') || true
    ssh_ports=${ssh_ports:-22}
}

# --- Packages

apt_own=()
# Lets apt see the packages of a folder, wherever they came from.
read_packages() {
    local deb
    own=$(mktemp -d)
    trap 'rm -rf "$own"' EXIT
    mkdir -p "$own/lists/partial" "$own/repository"
    for deb in "$packages"/*.deb; do
        [ -e "$deb" ] || die "there is no package in $packages"
        ln -s "$(realpath "$deb")" "$own/repository/"
        dpkg-deb --field "$deb"
        printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$(basename "$deb")" "$(stat -Lc %s "$deb")" \
            "$(sha256sum <"$deb" | cut -d' ' -f1)"
    done >"$own/repository/Packages"
    echo "deb [trusted=yes] file:$own/repository ./" >"$own/sources.list"
    apt_own=(-o "Dir::Etc::SourceList=$own/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$own/lists"
        -o APT::Sandbox::User=root)
    apt-get -qq "${apt_own[@]}" update
}

is_installed() { [ "$(dpkg-query -Wf '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
# Under the folder's sources, or the system's.
has_candidate() { # PACKAGE [APT OPTION]...
    [[ $(apt-cache "${@:2}" policy "$1" 2>/dev/null) == *'  Candidate: '[0-9]* ]]
}

install_package() { # PACKAGE: fails if there is none
    is_installed "$1" && return
    local options=()
    if [ ${#apt_own[@]} -gt 0 ] && has_candidate "$1" "${apt_own[@]}"; then
        options=("${apt_own[@]}")
    elif ! has_candidate "$1"; then
        [ -n "${updated:-}" ] || apt-get -qq update || true
        updated=1
        has_candidate "$1" || return
    fi
    apt-get -qq "${options[@]}" install -y --no-install-recommends "$1" >/dev/null || die "apt cannot install $1, see above"
    changed "installed $1"
}

install_packages() {
    [ -z "$packages" ] || read_packages
    install_package clouddata-server ||
        die "clouddata-server is not installed; apt install ./clouddata-server_….deb first, or name its folder with --packages"
    # Any nginx will do.
    command -v nginx >/dev/null || install_package nginx-light || install_package nginx || die "there is no package of nginx"
    # It would ask, and save what is loaded now over what is put there below.
    case $firewall in
    iptables) install_package iptables-persistent || die "there is no package iptables-persistent; use --firewall nftables" ;;
    nftables) install_package nftables || die "there is no package nftables; use --firewall iptables" ;;
    esac
    [ "$engine" = influxdb ] || return 0
    install_package curl || die "there is no package curl"
    # Its package starts it, and nobody else is to reach it even then.
    is_installed influxdb || drop_in influxdb "$here/influxdb/clouddata.conf" || true
    install_package influxdb || die "this system has no package influxdb 1.x; take InfluxData's, or --engine embedded"
    # A source of Grafana's own has to be there already, as /etc/apt/sources.list.d has it.
    if has_candidate grafana "${apt_own[@]}" || has_candidate grafana; then
        install_package grafana
    elif ! is_installed grafana; then
        say "there is no package grafana, so / is the live page; with Grafana's source in apt, run this again"
    fi
}

# --- Files

put() { # MODE TARGET [GROUP]: what comes on stdin becomes the file; fails if it was that already
    local content
    content=$(mktemp)
    cat >"$content"
    if [ -e "$2" ] && cmp -s "$content" "$2"; then
        rm "$content"
        return 1
    fi
    install -D -m "$1" -g "${3:-root}" "$content" "$2"
    rm "$content"
    changed "wrote $2"
}

remove() { # FILE: fails if it was not there
    [ -e "$1" ] || [ -L "$1" ] || return 1
    rm "$1"
    changed "removed $1"
}

setting() { set_line "$1" "\"$2\""; } # NAME VALUE: in the server's configuration; fails if it was that already
setting_list() { set_line "$1" "[\"${2//,/\", \"}\"]"; } # NAME VALUE,…
set_line() { # NAME VALUE
    local line="$1 = $2"
    grep -qxF "$line" "$server_config" && return 1
    if grep -q "^#\? \?$1 = " "$server_config"; then
        # Over its commented default, or what it was.
        sed -i "s|^#\? \?$1 = .*|$line|" "$server_config"
    else
        echo "$line" >>"$server_config"
    fi
    changed "set $line in $server_config"
}

unset_setting() { # NAME: the default; fails if it was that already
    grep -q "^$1 = " "$server_config" || return 1
    sed -i "s|^$1 = |# $1 = |" "$server_config"
    changed "took $1 out of $server_config"
}

# --- Services

booted() { [ -d /run/systemd/system ]; }

start() { # UNIT: now and at each boot
    if ! systemctl --quiet is-enabled "$1" 2>/dev/null; then
        systemctl --quiet enable "$1"
        changed "enabled $1"
    fi
    booted || return 0
    if ! systemctl --quiet is-active "$1"; then
        systemctl start "$1" || die "$1 does not start; journalctl -u $1 says why"
        changed "started $1"
    fi
}

again() { # reload|restart UNIT: if it runs, so that it takes what has been changed
    booted || return 0
    if systemctl --quiet is-active "$2"; then
        systemctl "$1" "$2" || die "$2 does not $1; journalctl -u $2 says why"
    fi
}

drop_in() { # UNIT FILE: more settings for another package's unit; fails if they were there already
    put 644 "/etc/systemd/system/$1.service.d/clouddata.conf" <"$2" || return
    ! booted || systemctl daemon-reload
}

# --- Parts

with_ports() { # FILE [RULE]: its line for SSH once for each port, and after it the rule for each other server
    awk -v ports="$ssh_ports" -v peers="$(peers | paste -sd' ')" -v rule="${2:-}" '
        !/dport 22 / { print; next }
        { count = split(ports, port, " ") }
        { for (i = 1; i <= count; i++) { line = $0; sub(/dport 22 /, "dport " port[i] " ", line); print line } }
        rule == "" { next }
        { count = split(peers, peer, " ") }
        { for (i = 1; i <= count; i++) { line = rule; sub(/PEER/, peer[i], line); print line } }
    ' "$here/firewall/$1"
}

set_up_firewall() {
    local renewed=0
    case $firewall in
    iptables)
        if put 640 /etc/iptables/rules.v4 < <(with_ports rules.v4 '-A INPUT -p tcp -s PEER --dport 8080 -j ACCEPT'); then renewed=1; fi
        if put 640 /etc/iptables/rules.v6 < <(with_ports rules.v6); then renewed=1; fi
        start netfilter-persistent
        # It may have been started before the files were there.
        [ "$renewed" -eq 0 ] || again restart netfilter-persistent
        is_loaded() { [[ $(iptables -S INPUT) == '-P INPUT DROP'* && $(ip6tables -S INPUT) == '-P INPUT DROP'* ]]; }
        ;;
    nftables)
        if put 644 /etc/nftables.conf < <(with_ports nftables.conf '        ip saddr PEER tcp dport 8080 accept'); then renewed=1; fi
        start nftables
        [ "$renewed" -eq 0 ] || again restart nftables
        is_loaded() { nft list table inet clouddata >/dev/null; }
        ;;
    none) return ;;
    esac
    # The units end well also when the kernel takes no rules.
    ! booted || is_loaded || die "the firewall is not loaded; see journalctl -u netfilter-persistent -u nftables"
}

# What is to be, or what is if nothing was said.
asks_influxdb() {
    [ "$engine" = influxdb ] || { [ -z "$engine" ] && grep -q '^store = "influx1"' "$server_config"; }
}

set_up_engine() {
    # Without being told to only what it has set up before: another InfluxDB is somebody else's.
    [ "$engine" = influxdb ] || { asks_influxdb && [ -e /etc/systemd/system/influxdb.service.d/clouddata.conf ]; } || return 0
    if drop_in influxdb "$here/influxdb/clouddata.conf"; then again restart influxdb; fi
    start influxdb
    booted || return 0
    local said
    said=$("$here/influxdb/make-database.sh") || die "InfluxDB is not as it should be, see above"
    [ -z "$said" ] || changed "$said"
}

set_up_server() {
    local renewed=0 password=/etc/clouddata/influx_password
    if [ -n "$token_file" ]; then
        if put 640 "$tokens" clouddata-server <"$token_file"; then renewed=1; fi
        if setting tokens_file "$tokens"; then renewed=1; fi
    fi
    if set_up_binary; then renewed=1; fi
    if [[ $engine =~ ^(embedded|influxdb)$ ]] && leave_cluster; then renewed=1; fi
    case $engine in
    cluster) if set_up_sharing; then renewed=1; fi ;;
    embedded) if setting store embedded; then renewed=1; fi ;;
    influxdb)
        if setting store influx1; then renewed=1; fi
        if setting influx_username clouddata; then renewed=1; fi
        if setting influx_password_file "$password"; then renewed=1; fi
        # Of those that make-database.sh has made, this is the server's.
        if booted; then
            chgrp clouddata-server "$password"
            chmod 640 "$password"
        fi
        ;;
    esac
    ! booted || STATE_DIRECTORY=/var/lib/clouddata-server "$(server_program)" config --check >/dev/null ||
        die "the server cannot use $server_config"
    if [ -e /etc/supervisor/conf.d/clouddata-server.conf ]; then
        # This machine has it under supervisor instead.
        [ "$renewed" -eq 0 ] || supervisorctl restart clouddata-server >/dev/null
        return
    fi
    [ "$renewed" -eq 0 ] || again restart clouddata-server
    start clouddata-server
}

# Only InfluxDB can be asked by it.
set_up_grafana() {
    is_installed grafana && asks_influxdb || return 0
    local said
    said=$("$here/grafana/install.sh" influxdb)
    if [ -n "$said" ]; then
        changed "$said"
        ! booted || systemctl daemon-reload
        again restart grafana-server
    fi
    start grafana-server
}

tls_lines() { # CERTIFICATE KEY
    # Since 1.25.1 nginx has a line of its own for HTTP/2, and warns of the older way.
    if [ "$(printf '%s\n' "$nginx_version" 1.25.1 | sort -V | head -1)" = 1.25.1 ]; then
        sed 's| ssl http2;| ssl;|; $a http2 on;' "$here/nginx/tls.conf"
    else
        cat "$here/nginx/tls.conf"
    fi | sed "s|CERTIFICATE|$1|; s|KEY|$2|"
}

# How many connections a worker of nginx has is said in its main configuration, and nowhere else.
enough_connections() { # fails if they were enough already
    local file=/etc/nginx/nginx.conf needed=4096 found
    found=$(sed -n 's/^[[:space:]]*worker_connections[[:space:]]*\([0-9]*\);.*/\1/p' "$file" | head -1)
    [ -n "$found" ] || die "$file has no worker_connections; add an events block with worker_connections $needed;"
    [ "$found" -lt "$needed" ] || return 1
    sed -i "s/^\([[:space:]]*worker_connections[[:space:]]*\)[0-9]*;/\1$needed;/" "$file"
    changed "set worker_connections $needed in $file"
}

set_up_nginx() {
    local renewed=0 limits=0 root=page folder=/etc/nginx/clouddata live=/etc/letsencrypt/live/$domain nginx_version
    nginx_version=$(nginx -v 2>&1 | sed 's|.*/\([0-9.]*\).*|\1|')
    if is_installed grafana && asks_influxdb; then root=grafana; fi
    if remove /etc/nginx/sites-enabled/default; then renewed=1; fi
    if put 644 "$folder/root.conf" <"$here/nginx/root-$root.conf"; then renewed=1; fi
    if [ -n "$domain" ] || [ ! -e "$folder/name.conf" ]; then
        if put 644 "$folder/name.conf" <<<"server_name ${domain:-_};"; then renewed=1; fi
    fi
    case $tls in
    '') ;;
    certbot)
        # So that nginx takes a renewed certificate.
        put 755 /etc/letsencrypt/renewal-hooks/deploy/clouddata <<<$'#!/bin/sh\nsystemctl reload nginx' || true
        if [ -e "$live/fullchain.pem" ]; then
            if put 644 "$folder/tls.conf" < <(tls_lines "$live/fullchain.pem" "$live/privkey.pem"); then renewed=1; fi
        fi
        ;;
    *) if put 644 "$folder/tls.conf" < <(tls_lines "${tls%%:*}" "${tls#*:}"); then renewed=1; fi ;;
    esac
    if put 644 /etc/nginx/sites-available/clouddata <"$here/nginx/clouddata.conf"; then renewed=1; fi
    if [ ! -e /etc/nginx/sites-enabled/clouddata ]; then
        ln -s ../sites-available/clouddata /etc/nginx/sites-enabled/clouddata
        changed "enabled the site clouddata"
        renewed=1
    fi
    if set_up_others; then renewed=1; fi
    if enough_connections; then renewed=1; fi
    if drop_in nginx "$here/nginx/restart.conf"; then limits=1; fi
    nginx -t -q || die "nginx cannot use the site, see above; nothing of what it serves has been changed"
    # A process keeps the limits that it was started with.
    if [ "$limits" -ne 0 ]; then again restart nginx; elif [ "$renewed" -ne 0 ]; then again reload nginx; fi
    start nginx
    if [ "$tls" = certbot ] && [ ! -e "$live/fullchain.pem" ]; then
        say "there is no certificate for $domain yet. Now:"
        say "  apt install certbot && certbot certonly --webroot -w /var/www/html -d $domain"
        say "and run this again"
    fi
}

# What a visitor would get: through nginx, from the server.
visit() {
    local status
    for _ in {1..50}; do
        status=$(
            exec 3<>/dev/tcp/127.0.0.1/80
            printf 'GET /health HTTP/1.0\r\n\r\n' >&3
            read -r line <&3
            echo "$line"
        ) 2>/dev/null || true
        [[ $status != *' 200 '* ]] || return 0
        sleep 0.2
    done
    die "the server does not answer through nginx (${status:-no answer}); systemctl status clouddata-server nginx says more"
}

check_first
install_packages
set_up_firewall
set_up_engine
set_up_server
set_up_grafana
set_up_nginx
! booted || visit
if [ "$changes" -eq 0 ]; then
    say "everything is as it should be; nothing was changed"
else
    say "done, with $changes changes: http://${domain:-this machine}/"
fi
