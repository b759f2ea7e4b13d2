#!/bin/sh
# Makes the database that clouddata-server and Grafana use, if it is absent: "grafana", with the
# retention policy "twelve_h_only" as its default. Whole shards expire, so those are of one hour.
# A database that is there keeps its readings, and a policy that is there its duration.
#
#   deploy/influxdb/make-database.sh [URL]
set -eu

url=${1:-http://127.0.0.1:8086}
database=grafana policy=twelve_h_only

fail() { # MESSAGE STATUS
    echo "make-database.sh: $1" >&2
    exit "$2"
}

ask() { # STATEMENT: the engine's answer, which is a 200 for a refusal too
    curl --silent --max-time 10 --data-urlencode "q=$1" "$url/query" ||
        fail "InfluxDB does not answer at $url; systemctl status influxdb says why" 69
}

carry_out() { # STATEMENT
    answer=$(ask "$1")
    case $answer in *'"error"'*) fail "InfluxDB refuses $1: $answer" 1 ;; esac
}

# Just started, it takes a moment to open what it has.
for _ in $(seq 20); do
    curl --silent --fail --max-time 2 "$url/ping" && break
    sleep 0.5
done

# A row each: "NAME","DURATION","SHARD DURATION",REPLICATION,DEFAULT
policies=$(ask "SHOW RETENTION POLICIES ON $database" | sed 's/\],\[/\n/g; s/.*"values":\[\[//; s/\].*//')
case $policies in
    *'database not found'*)
        carry_out "CREATE DATABASE $database WITH DURATION 12h REPLICATION 1 SHARD DURATION 1h NAME $policy"
        echo "made the database $database, which keeps twelve hours"
        exit
        ;;
    *'"error"'*) fail "InfluxDB refuses to show its policies: $policies" 1 ;;
esac
row=$(printf '%s\n' "$policies" | grep "^\"$policy\"," || true)
case $row in
    *,'"1h0m0s",1,true')
        echo "the database $database is as it should be"
        ;;
    '')
        carry_out "CREATE RETENTION POLICY $policy ON $database DURATION 12h REPLICATION 1 SHARD DURATION 1h DEFAULT"
        echo "the database $database keeps twelve hours of what comes from now on"
        ;;
    *)
        carry_out "ALTER RETENTION POLICY $policy ON $database SHARD DURATION 1h DEFAULT"
        echo "the database $database has shards of one hour from now on"
        ;;
esac
