#!/bin/sh
# Puts Grafana's configuration for an engine in place, and makes its administrator's password if it
# is absent. It says what it has changed, and nothing if there was nothing to change; after a change
# run: systemctl daemon-reload && systemctl restart grafana-server
#
#   deploy/grafana/install.sh influxdb|victoriametrics
#
# As root, with Grafana's package installed. DESTDIR puts it all into another folder.
set -eu

here=$(dirname "$0")
root=${DESTDIR:-}
engine=${1:-}
case $engine in
    influxdb | victoriametrics) ;;
    *)
        echo 'usage: install.sh influxdb|victoriametrics' >&2
        exit 64
        ;;
esac

put() { # MODE SOURCE TARGET [GROUP]
    cmp -s "$2" "$root$3" && return
    install -D -m "$1" -g "${4:-root}" "$2" "$root$3"
    echo "$3 is in place"
}

put 755 "$here/check-admin-password" /usr/local/lib/clouddata/check-admin-password
put 644 "$here/clouddata.conf" /etc/systemd/system/grafana-server.service.d/clouddata.conf
put 644 "$here/dashboards.yaml" /etc/grafana/provisioning/dashboards/clouddata.yaml
put 644 "$here/$engine/datasource.yaml" /etc/grafana/provisioning/datasources/clouddata.yaml
put 644 "$here/$engine/temperature.json" /etc/grafana/dashboards/temperature.json
put 644 "$here/$engine/network.json" /etc/grafana/dashboards/network.json

# Passwords are for Grafana alone, whose group an image that is put together elsewhere does not know.
group=grafana
[ -z "$root" ] || group=root

if [ "$engine" = influxdb ]; then
    password=$root/etc/clouddata/influx_grafana_password
    if ! [ -s "$password" ]; then
        echo "install.sh: $password is missing; influxdb/make-database.sh makes it" >&2
        exit 66
    fi
    put 640 "$password" /etc/grafana/influx_password "$group"
fi

if ! [ -e "$root/etc/grafana/admin_password" ]; then
    made=$(mktemp)
    head -c 24 /dev/urandom | base64 >"$made"
    put 640 "$made" /etc/grafana/admin_password "$group"
    rm "$made"
    if [ -e "$root/var/lib/grafana/grafana.db" ]; then
        echo 'install.sh: this Grafana has been running, and keeps the password of its user "admin" until you run' >&2
        echo '    grafana cli admin reset-admin-password --password-from-stdin </etc/grafana/admin_password' >&2
    fi
fi
