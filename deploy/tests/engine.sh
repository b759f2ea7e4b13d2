# shellcheck shell=bash disable=SC2034
# For the tests beside this file to source, from the project's folder: Debian's InfluxDB on its usual
# ports, in a network namespace of its own. All that is started ends with the test.
if [ -z "${IN_NAMESPACE:-}" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "$0: only root can make a network namespace" >&2; exit 77; }
    .ci/need.sh influxd influxdb curl curl ip iproute2
    IN_NAMESPACE=1 exec unshare --net --mount --pid --mount-proc --fork --kill-child "$0" "$@"
fi

# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT
ip link set lo up
url=http://127.0.0.1:8086
mapfile -t settings < <(sed -n 's/^Environment=//p' deploy/influxdb/clouddata.conf)
declare -A files=([admin]=admin_password [clouddata]=password [grafana]=grafana_password)

start() { # SETTINGS...: over those of the package, with data in a folder of its own
    env "INFLUXDB_META_DIR=$work/meta" "INFLUXDB_DATA_DIR=$work/data" "INFLUXDB_DATA_WAL_DIR=$work/wal" "$@" \
        influxd -config /etc/influxdb/influxdb.conf >"$work/log" 2>&1 &
    engine=$!
    soon curl --silent --fail "$url/ping" || { cat "$work/log" >&2; exit 1; }
}
stop() {
    [ -z "${engine:-}" ] || { kill "$engine"; wait "$engine"; }
    engine=
}
make() { deploy/influxdb/make-database.sh "$work"; }
as() { # USER CURL'S ARGUMENTS...
    printf 'user = "%s:%s"\n' "$1" "$(cat "$work/influx_${files[$1]}")" | curl --silent --config - "${@:2}"
}
ask() { as "$1" --data-urlencode "q=$2" "$url/query?db=grafana&epoch=s"; } # USER STATEMENT
