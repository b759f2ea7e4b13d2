#!/bin/sh
# Makes what clouddata-server and Grafana need in InfluxDB, and is absent:
#
# - the database "grafana", with the retention policy "twelve_h_only" as its default. Whole shards
#   expire, so those are of one hour. A database that is there keeps its readings, and a policy that
#   is there its duration;
# - the retention policy "network_thirty_d" for health, links and events;
# - the users "admin", "clouddata" for the server, and "grafana", which can only read: Grafana
#   passes on what any visitor sends, and a visitor could send DROP DATABASE. Their passwords are
#   taken from files, which are made if they are absent.
#
#   deploy/influxdb/make-database.sh [FOLDER OF THE PASSWORDS [URL]]
#
# It says what it has changed, and nothing if there was nothing to change.
set -eu

folder=${1:-/etc/clouddata} url=${2:-http://127.0.0.1:8086}
database=grafana policy=twelve_h_only network=network_thirty_d
admin=$folder/influx_admin_password

fail() { # STATUS MESSAGE
    echo "make-database.sh: $2" >&2
    exit "$1"
}

# What is secret goes to curl by its standard input: everybody sees the arguments of a process.
post() { # STATEMENT [USER PASSWORD_FILE]: the engine's answer
    {
        printf 'data-urlencode = "q=%s"\n' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"
        [ $# -eq 1 ] || printf 'user = "%s:%s"\n' "$2" "$(cat "$3")"
    } | curl --silent --max-time 10 --config - "$url/query" ||
        fail 69 "InfluxDB does not answer at $url; systemctl status influxdb says why"
}

ask() { # USER PASSWORD_FILE STATEMENT
    post "$3" "$1" "$2"
}

carry_out() { # STATEMENT
    answer=$(ask admin "$admin" "$1")
    # Without what is between quotes, which may be a password.
    case $answer in *'"error"'*) fail 1 "InfluxDB refuses to $(printf %s "$1" | sed "s/'.*'/…/"): $answer" ;; esac
}

password() { # FILE: made if it is absent
    [ -s "$1" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$1")
    ! grep -q "['\"\\\\]" "$1" || fail 78 "the password in $1 must be without quotes and backslashes"
}

user() { # USER PASSWORD_FILE PRIVILEGE
    password "$2"
    case $(ask "$1" "$2" 'SHOW DATABASES') in
        *"\"$database\""*) return ;;
        *'"error"'*)
            ask admin "$admin" "CREATE USER $1 WITH PASSWORD '$(cat "$2")'" >/dev/null
            carry_out "SET PASSWORD FOR $1 = '$(cat "$2")'"
            ;;
    esac
    carry_out "GRANT $3 ON $database TO $1"
    echo "the user $1 has the password in $2, and $3 on $database"
}

# Just started, it takes a moment to open what it has.
for _ in $(seq 20); do
    curl --silent --fail --max-time 2 "$url/ping" && break
    sleep 0.5
done

password "$admin"
case $(post 'SHOW DATABASES') in
    *'create admin user first'*)
        post "CREATE USER admin WITH PASSWORD '$(cat "$admin")' WITH ALL PRIVILEGES" >/dev/null
        echo "the user admin has the password in $admin, and all privileges"
        ;;
    *'unable to parse authentication credentials'*) ;;
    *) fail 78 "InfluxDB asks for no password: install influxdb/clouddata.conf, and restart it" ;;
esac

# A row each: "NAME","DURATION","SHARD DURATION",REPLICATION,DEFAULT
policies=$(ask admin "$admin" "SHOW RETENTION POLICIES ON $database" |
    sed 's/\],\[/\n/g; s/.*"values":\[\[//; s/\].*//')
case $policies in
    *'database not found'*)
        carry_out "CREATE DATABASE $database WITH DURATION 12h REPLICATION 1 SHARD DURATION 1h NAME $policy"
        echo "the database $database is made, and keeps twelve hours"
        ;;
    *'authorization failed'*) fail 77 "InfluxDB has an administrator with another password than that in $admin" ;;
    *'"error"'*) fail 1 "InfluxDB refuses to show its policies: $policies" ;;
    *)
        case $(printf '%s\n' "$policies" | grep "^\"$policy\"," || true) in
            *,'"1h0m0s",1,true') ;;
            '')
                carry_out "CREATE RETENTION POLICY $policy ON $database DURATION 12h REPLICATION 1 SHARD DURATION 1h DEFAULT"
                echo "the database $database keeps twelve hours of what comes from now on"
                ;;
            *)
                carry_out "ALTER RETENTION POLICY $policy ON $database SHARD DURATION 1h DEFAULT"
                echo "the database $database has shards of one hour from now on"
                ;;
        esac
        ;;
esac

case $policies in
    *"\"$network\","*) ;;
    *)
        carry_out "CREATE RETENTION POLICY $network ON $database DURATION 30d REPLICATION 1 SHARD DURATION 1d"
        echo "the database $database keeps thirty days of health, links and events"
        ;;
esac

user clouddata "$folder/influx_password" ALL
user grafana "$folder/influx_grafana_password" READ
