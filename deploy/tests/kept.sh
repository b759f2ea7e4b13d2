#!/usr/bin/env bash
# What is stored is kept: taken over from the old server, backed up and restored, moved from one
# store to the other; by the commands of deploy/docs. As root; installs what it needs.
#
#   deploy/tests/kept.sh
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit

if [ -z "${IN_NAMESPACE:-}" ]; then cargo build --quiet -p clouddata-server || exit; fi
# shellcheck source=deploy/tests/engine.sh
. deploy/tests/engine.sh
PATH=${CARGO_TARGET_DIR:-$PWD/target}/debug:$PATH
page=http://127.0.0.1:8080

serve() { # OPTIONS...: our server, on its usual port
    clouddata-server --data-dir "$work/server" "$@" >>"$work/server.log" 2>&1 &
    server=$!
    soon curl --silent --fail "$page/health" || { cat "$work/server.log" >&2; exit 1; }
}
halt() { kill "$server" && wait "$server"; }
in_influxdb=(--store influx1 --influx-username clouddata --influx-password-file "$work/influx_password")
export_readings() { clouddata-server export --data-dir "$work/server" "$@"; }
same() { diff <(sort "$work/kept.csv") <(export_readings "$@" | sort) | head; } # what the store has more or less

# The old server: InfluxDB as it is installed, and its steps. It wrote each reading at the time of
# its reception, in nanoseconds, and named no policy.
start
old() { curl --silent --data-urlencode "q=$1" "$url/query?db=grafana&epoch=ms"; }
old 'CREATE DATABASE grafana' >/dev/null
old 'CREATE RETENTION POLICY "twelve_h_only" ON "grafana" DURATION 12h REPLICATION 1 DEFAULT' >/dev/null
now=$(date +%s)
for minutes in {1..660..3}; do
    for mote in 39 3a; do
        echo "temperature,mac=00-17-0d-00-00-30-5d-$mote value=2$((minutes % 10)).5 $((now - minutes * 60))123456789"
    done
done >"$work/lines"
count=$(wc -l <"$work/lines")
curl --silent "$url/write?db=grafana" --data-binary "@$work/lines"
query='SELECT "value" from "temperature" WHERE time >= now() - 12h and time <= now() GROUP BY "mac"'
of_old=$(old "$query")
check 'the old dashboard shows the old readings' is "$count" grep -c . <(grep -oE '\[[0-9]+,2[0-9]\.5\]' <<<"$of_old")

# A copy before anything is changed.
copy() { influxd backup -portable -database grafana "$1" 2>&1; } # FOLDER
check 'the old database is copied' prints 'backup complete' copy "$work/before"

# The new one takes its place.
stop
start "${settings[@]}"
check 'the old database stays, and gets users' is "the user admin has the password in $work/influx_admin_password, and all privileges
the database grafana keeps thirty days of health, links and events
the user clouddata has the password in $work/influx_password, and ALL on grafana
the user grafana has the password in $work/influx_grafana_password, and READ on grafana" make
serve "${in_influxdb[@]}"
ask_ms() { as grafana --data-urlencode "q=$query" "$url/query?db=grafana&epoch=ms"; }
check 'the dashboard shows the same as before' is "$of_old" ask_ms
taken_over() { export_readings "${in_influxdb[@]}" | grep -c '^00-17'; }
check 'the server has the old readings, to the microsecond' is "$count" taken_over
check 'and their time' prints .123456Z,2 export_readings "${in_influxdb[@]}"
check 'the old gateway can go on' is 204 curl --silent -w '%{http_code}' -H 'Content-type: application/json' \
    --data '{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 30.25}' "$page/oap"
check 'its reading is beside the old ones' is $((count + 1)) taken_over
check 'in the series that the dashboard shows' grep -qE '"mac":"00-17-0d-00-00-30-5d-39".*,30\.25\].*"mac"' <(ask_ms)
export_readings "${in_influxdb[@]}" >"$work/kept.csv"

# InfluxDB: backup and restore.
check 'the database is copied while it is used' prints 'backup complete' copy "$work/copy"
halt
drop() { ask admin 'DROP DATABASE grafana'; }
# It returns before the engine has taken everything in, and what is not in when that ends is lost.
restore() { # FOLDER READINGS
    influxd restore -portable -db grafana "$1" && soon holds "$2"
}
holds() { ask admin 'SELECT count(value) FROM temperature' | grep -q ",$1\]"; }
drop >/dev/null
check 'the copy is restored' restore "$work/copy" $((count + 1))
make >/dev/null
check 'its users can use it as before' is '' make
serve "${in_influxdb[@]}"
check 'all readings are there again' is '' same "${in_influxdb[@]}"
check 'and new ones are stored' is 204 curl --silent -w '%{http_code}' -H 'Content-type: application/json' \
    --data '{"mac": "00-17-0d-00-00-30-5d-3a", "temperature": 31.25}' "$page/oap"
export_readings "${in_influxdb[@]}" >"$work/kept.csv"

# From InfluxDB to the server's own store, and back.
halt
serve
check 'the export is imported' clouddata-server import "$work/kept.csv"
check 'all readings are in the own store' is '' same
check 'it is imported again' clouddata-server import "$work/kept.csv"
check 'which changes nothing' is '' same

# The own store: backup and restore.
check 'the own store is copied while it is used' clouddata-server backup --data-dir "$work/server" "$work/copy.db"
halt
rm "$work/server/"readings.db*
cp "$work/copy.db" "$work/server/readings.db"
serve
check 'with the copy in its place, all readings are there again' is '' same
export_readings >"$work/readings.csv"
halt
drop >/dev/null
make >/dev/null
serve "${in_influxdb[@]}"
check 'the export of the own store is imported' clouddata-server import "$work/readings.csv"
check 'all readings are in InfluxDB' is '' same "${in_influxdb[@]}"
halt

# Back to the old one.
drop >/dev/null
check 'the copy of the old database is restored' restore "$work/before" "$count"
stop
start
check 'without our settings the old dashboard shows what it did' is "$of_old" old "$query"

finish
