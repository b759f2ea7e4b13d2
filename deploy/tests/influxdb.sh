#!/usr/bin/env bash
# Debian's InfluxDB with the settings of deploy/influxdb: who reaches it, who may do what, and how
# long it keeps what. It runs in a network namespace of its own, on its usual ports. As root;
# installs what it needs.
#
#   deploy/tests/influxdb.sh
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit

# shellcheck source=deploy/tests/engine.sh
. deploy/tests/engine.sh

write() { # USER EPOCH_SECONDS: a reading of then; prints what is wrong, and the status
    as "$1" -w '%{http_code}' "$url/write?db=grafana&precision=s" \
        --data-binary "temperature,mac=00-17-0d-00-00-30-5d-39 value=20.5 $2"
}
times() { ask grafana 'SELECT value FROM temperature' | grep -oE '\[[0-9]+,20\.5\]' | tr -d '[' | cut -d, -f1; }
listening() { ss -Htlun | awk '{ print $5 }' | sort; }
policies() { ask admin 'SHOW RETENTION POLICIES ON grafana' | grep -oE '\["[^]]*(true|false)\]'; }
modes() { stat -c %a "$work"/influx_* | sort -u; }
shards() { find "$work/data/grafana/twelve_h_only" -mindepth 1 -maxdepth 1 -type d | wc -l; }

# What is written on the command lines of make-database.sh's own curl, where everybody can read it.
mkdir "$work/bin"
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >>"%s/arguments"\nexec %s "$@"\n' "$work" "$(command -v curl)" >"$work/bin/curl"
chmod +x "$work/bin/curl"
make() { PATH=$work/bin:$PATH deploy/influxdb/make-database.sh "$work"; }
secrets() { cat "$work"/influx_*; }

local_only='127.0.0.1:8086
127.0.0.1:8088'

# It waits for an engine that is just starting, so its result is looked at in the end.
deploy/influxdb/make-database.sh "$work" http://127.0.0.1:1 >"$work/in_vain" 2>&1 &
in_vain=$!

# Who reaches it. That the check can fail is shown with the package's own settings.
start
check 'without our settings it listens everywhere' denied is "$local_only" listening
check 'and asks for no password, which is said' prints 'asks for no password' make
stop
start "${settings[@]}"
check 'it listens on the loopback addresses alone' is "$local_only" listening
ip link add outside type veth peer beyond
ip address add 192.0.2.1/24 dev outside
ip link set outside up
check 'it does not answer at another address' denied curl --silent --max-time 2 http://192.0.2.1:8086/ping
check 'it answers at the loopback address' curl --silent --fail "$url/ping"
check 'profiles are not offered' is 404 curl --silent -o /dev/null -w '%{http_code}' "$url/debug/pprof/"
check 'it is silent about requests' denied grep -qF '/ping' "$work/log"

# The database and its users.
as_wanted='["twelve_h_only","12h0m0s","1h0m0s",1,true]'
check 'the database and the users are made' is "the user admin has the password in $work/influx_admin_password, and all privileges
the database grafana is made, and keeps twelve hours
the database grafana keeps thirty days of health, links and events
the user clouddata has the password in $work/influx_password, and ALL on grafana
the user grafana has the password in $work/influx_grafana_password, and READ on grafana" make
check 'nobody else reads the passwords' is 600 modes
check 'the database has both policies' is "$as_wanted"$'\n["network_thirty_d","720h0m0s","24h0m0s",1,false]' policies
check 'they are made once' is '' make
stop
start "${settings[@]}"
check 'they are there after a restart' is '' make

# What an anonymous visitor of Grafana could send is sent as its user.
now=$(date +%s)
recent=$((now - 11 * 3600)) old=$((now - 13 * 3600)) older=$((now - 20 * 3600))
check "a reading of eleven hours ago is stored by the server's user" is 204 write clouddata "$recent"
check "it is there for Grafana's" is "$recent" times
for statement in 'DROP DATABASE grafana' 'DROP SERIES FROM temperature' 'DELETE FROM temperature' \
    'DROP MEASUREMENT temperature' 'ALTER RETENTION POLICY twelve_h_only ON grafana DURATION 1h' \
    'SELECT * INTO other FROM temperature' "CREATE USER more WITH PASSWORD 'x'" "SET PASSWORD FOR admin = 'x'" \
    'SHOW USERS' 'SHOW SHARDS'; do
    check "Grafana's user may not $statement" prints 'not authorized' ask grafana "$statement"
done
check "Grafana's user may not write" prints 'not authorized to write' write grafana "$now"
check "the server's user may not drop the database" prints 'not authorized' ask clouddata 'DROP DATABASE grafana'
check 'nobody may do anything without a password' prints 401 curl --silent -w '%{http_code}' "$url/query?q=SHOW+DATABASES"
check 'all of that has changed nothing' is "$recent" times
echo another >"$work/influx_grafana_password"
check 'a password that is changed in its file is changed' prints 'the user grafana has the password' make
check 'and can be used' is "$recent" times
cp "$work/influx_admin_password" "$work/kept"
echo another >"$work/influx_admin_password"
check 'another administrator is named as the cause' prints "another password than that in $work" make
mv "$work/kept" "$work/influx_admin_password"

# Twelve hours. What comes too late is refused …
check 'a reading of thirteen hours ago is refused' prints 'beyond retention policy' write clouddata "$old"
check 'and with a 400' grep -qE '400$' <(write clouddata "$old")
check 'the one reading is there' is "$recent" times

# … and what is there goes. It is written while the policy is longer, since nothing makes thirteen
# hours pass; then the policy is as before, and the engine looks every second instead of minutes.
ask admin 'ALTER RETENTION POLICY twelve_h_only ON grafana DURATION 48h SHARD DURATION 1h' >/dev/null
check 'with a longer policy a reading of thirteen hours ago is stored' is 204 write clouddata "$old"
check 'and one of twenty hours ago' is 204 write clouddata "$older"
check 'all three are there' is "$older
$old
$recent" times
check 'each in a shard of its own' is 3 shards
ask admin 'ALTER RETENTION POLICY twelve_h_only ON grafana DURATION 12h SHARD DURATION 1h' >/dev/null
check 'nothing expires before the engine looks' is 3 shards
stop
start "${settings[@]}" INFLUXDB_RETENTION_CHECK_INTERVAL=1s
check 'what is older than the policy goes' soon is "$recent" times
check 'and its files' soon is 1 shards
check 'what is younger stays' is "$recent" times
stop

# A database that was made before: as the old server's steps do it, with other shards, and without
# the policy. What is in it stays.
keeps() { # POLICY STATEMENTS SAID POLICIES: what is in that policy stays, while the script says and makes those
    ask admin 'DROP DATABASE grafana' >/dev/null
    ask admin "$2" >/dev/null
    ask admin 'GRANT ALL ON grafana TO clouddata; GRANT READ ON grafana TO grafana' >/dev/null
    is 204 write clouddata "$recent" && is "$3the database grafana keeps thirty days of health, links and events" make && prints "$4" policies && is '' make &&
        prints "[[$recent,20.5]]" ask grafana "SELECT value FROM $1.temperature"
}
start "${settings[@]}"
check 'the database of the old steps is as it should be' keeps twelve_h_only \
    'CREATE DATABASE grafana; CREATE RETENTION POLICY twelve_h_only ON grafana DURATION 12h REPLICATION 1 DEFAULT' \
    '' "$as_wanted"
check 'a policy with longer shards gets shorter ones' keeps twelve_h_only \
    'CREATE DATABASE grafana WITH DURATION 12h SHARD DURATION 6h NAME twelve_h_only' \
    $'the database grafana has shards of one hour from now on\n' "$as_wanted"
check 'a policy with another duration keeps it' keeps twelve_h_only \
    'CREATE DATABASE grafana WITH DURATION 36h SHARD DURATION 6h NAME twelve_h_only' \
    $'the database grafana has shards of one hour from now on\n' '["twelve_h_only","36h0m0s","1h0m0s",1,true]'
check 'a database without the policy gets it' keeps autogen 'CREATE DATABASE grafana' \
    $'the database grafana keeps twelve hours of what comes from now on\n' "$as_wanted"
stop
wait "$in_vain"
secrets >"$work/secrets"
check 'it has asked by curl' grep -q /query "$work/arguments"
check 'no password is on a command line' denied grep -qFf "$work/secrets" "$work/arguments"
check 'without an engine it says so' prints 'InfluxDB does not answer at http://127.0.0.1:1' cat "$work/in_vain"

# The drop-in, on the package's own unit.
unit=$work/influxdb.service
mkdir -p "$unit.d"
cp /lib/systemd/system/influxdb.service "$unit"
cp deploy/influxdb/clouddata.conf "$unit.d/"
check 'systemd understands the drop-in' is '' systemd-analyze verify --man=no "$unit"
echo 'RestartSecs=1' >>"$unit.d/clouddata.conf"
check 'and would not, were it wrong' prints RestartSecs systemd-analyze verify --man=no "$unit"

finish
