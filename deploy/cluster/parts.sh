# shellcheck shell=bash disable=SC2154
# What provision.sh does for a server that is one of many: store = "cluster". It has die, say, changed, put, remove,
# setting, unset_setting and drop_in; engine, nats, history, binary and servers are its options.

own_program=/usr/local/bin/clouddata-server
others_file=/etc/nginx/clouddata/servers/others.conf

# The options' form, before anything else.
check_cluster_options() {
    local host='[A-Za-z0-9.-]+:[0-9]+' ip='[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+'
    if [ "$engine" != cluster ]; then
        [ -z "$nats$history$servers" ] || wrong "--nats, --history and --servers are for --engine cluster"
        return 0
    fi
    [ -n "$nats" ] || wrong "--engine cluster needs --nats HOST:PORT, or several with commas between them"
    [ -n "$history" ] || wrong "--engine cluster needs --history http://HOST:PORT, where VictoriaMetrics is"
    [[ $nats =~ ^$host(,$host)*$ ]] || wrong "--nats takes HOST:PORT, or several with commas between them, not $nats"
    [[ $history =~ ^http://$host$ ]] || wrong "--history takes http://HOST:PORT, not $history"
    [[ $servers =~ ^($ip(,$ip)*)?$ ]] || wrong "--servers takes IPv4 addresses with commas between them, not $servers"
}

# Before anything is changed: what the servers would say only when they run.
check_cluster() {
    [ "$engine" = cluster ] || return 0
    local program=$binary said
    [ -n "$program" ] || program=$own_program
    [ -x "$program" ] || die 'the package'"'"'s server has no store = "cluster"; build one that has, and name it with --server-binary:
    cargo build --release -p clouddata-server --features cluster   (target/release/clouddata-server)'
    said=$(CLOUDDATA_STORE=cluster "$program" config --check --config /dev/null --data-dir /tmp 2>&1) ||
        die "$program cannot be used: $said"
    check_nats
    check_history
}

check_nats() {
    local address info answers=0
    for address in ${nats//,/ }; do
        # shellcheck disable=SC2016 # for the inner shell
        info=$(timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && read -r -t 4 line <&3 && echo "$line"' \
            "${address%:*}" "${address##*:}" 2>/dev/null) || true
        if [[ $info != 'INFO {'* ]]; then
            say "no NATS server answers at $address"
            continue
        fi
        [[ $info == *'"jetstream":true'* ]] ||
            die "the NATS server at $address has no JetStream; its configuration needs jetstream { store_dir: … }, as $here/cluster/engines.sh writes it"
        [[ $info == *'"cluster":"'* ]] || say "the NATS server at $address is in no cluster: what it has, has no copy"
        answers=$((answers + 1))
    done
    [ "$answers" -gt 0 ] || die "NATS does not answer; start it first, as $here/cluster/engines.sh does"
}

check_history() {
    local address=${history#http://} metrics
    # shellcheck disable=SC2016 # for the inner shell
    metrics=$(timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "GET /metrics HTTP/1.0\r\n\r\n" >&3 && cat <&3' \
        "${address%:*}" "${address##*:}" 2>/dev/null) || true
    [ -n "$metrics" ] || die "nothing answers at $history; start VictoriaMetrics first, as $here/cluster/engines.sh does"
    [[ $metrics == *process_start_time_seconds* && $metrics == *vm_rows* ]] || die "what answers at $history is no VictoriaMetrics"
    [[ $metrics == *'flag{name="dedup.minScrapeInterval", value="1ms"'* ]] ||
        die "the history runs without -dedup.minScrapeInterval=1ms: what is written twice would be there twice"
}

# What the unit runs.
server_program() { if [ -x "$own_program" ]; then echo "$own_program"; else echo /usr/bin/clouddata-server; fi; }

# A server of one's own in place of the package's, which upgrades of that leave alone; fails if it was there already.
set_up_binary() {
    [ -n "$binary" ] || return 1
    local renewed=1
    if put 755 "$own_program" <"$binary"; then renewed=0; fi
    if put 644 /etc/systemd/system/clouddata-server.service.d/program.conf <<<"[Service]
ExecStart=
ExecStart=$own_program"; then
        renewed=0
        ! booted || systemctl daemon-reload
    fi
    return "$renewed"
}

# All but this machine's own.
other_servers() {
    local own server
    own=" $(hostname -I 2>/dev/null || true) "
    for server in ${servers//,/ }; do
        [[ $own == *" $server "* ]] || echo "$server"
    done
}

# Those that nginx asks besides its own, and that may ask this one.
peers() {
    if [ -n "$servers" ]; then
        other_servers
    elif [ -e "$others_file" ] && [[ $engine =~ ^(|cluster)$ ]]; then
        sed -n 's/^server \([0-9.]*\):8080 .*/\1/p' "$others_file"
    fi
}

# The settings of a server among many; fails if they were that already.
set_up_sharing() {
    local renewed=1
    if setting store cluster; then renewed=0; fi
    if setting_list nats_urls "nats://${nats//,/,nats://}"; then renewed=0; fi
    if setting influx_url "$history"; then renewed=0; fi
    # Those of an InfluxDB that it had before.
    if unset_setting influx_username; then renewed=0; fi
    if unset_setting influx_password_file; then renewed=0; fi
    [ -z "$servers" ] && return "$renewed"
    if setting listen 0.0.0.0:8080; then renewed=0; fi
    if setting_list trusted_proxies "$({ printf '127.0.0.0/8\n::1\n'; other_servers; } | paste -sd,)"; then renewed=0; fi
    return "$renewed"
}

# What tells nginx of the others; fails if it was that already.
set_up_others() {
    local renewed=1
    if [ "$engine" = cluster ] && [ -n "$servers" ]; then
        if put 644 "$others_file" < <(other_servers | sed 's/.*/server &:8080 fail_timeout=2s;/'); then renewed=0; fi
        if put 644 /etc/nginx/clouddata/many-servers.conf <"$here/nginx/many-servers.conf"; then renewed=0; fi
    elif [ -n "$engine" ] && [ "$engine" != cluster ]; then
        if remove "$others_file"; then renewed=0; fi
        if remove /etc/nginx/clouddata/many-servers.conf; then renewed=0; fi
    fi
    return "$renewed"
}

# A server that is alone again.
leave_cluster() { # fails if it was in none
    grep -qx 'store = "cluster"' "$server_config" || return 1
    unset_setting influx_url || true
    unset_setting nats_urls || true
    unset_setting trusted_proxies || true
    ! grep -qx 'listen = "0.0.0.0:8080"' "$server_config" || unset_setting listen
}
