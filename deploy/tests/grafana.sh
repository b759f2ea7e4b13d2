#!/usr/bin/env bash
# Grafana's configuration: its shape against Grafana's published schema, the dashboards' queries
# against InfluxDB and VictoriaMetrics, and what install.sh puts where. Grafana itself is in no
# repository of Debian, and is not run. As root; installs what else it needs.
#
#   deploy/tests/grafana.sh
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit

.ci/need.sh influxd influxdb victoria-metrics victoria-metrics curl curl node nodejs npm npm
cargo build --quiet -p clouddata-server || exit
export CLOUDDATA_SERVER=${CARGO_TARGET_DIR:-$PWD/target}/debug/clouddata-server
npm --prefix deploy/tests/grafana install --no-audit --no-fund --no-package-lock --silent || exit
npm --prefix deploy/tests/grafana test || exit

# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DESTDIR=$work/root

# What is put where. A line for each file, and none the second time.
placed='/usr/local/lib/clouddata/check-admin-password is in place
/etc/systemd/system/grafana-server.service.d/clouddata.conf is in place
/etc/grafana/provisioning/dashboards/clouddata.yaml is in place
/etc/grafana/provisioning/datasources/clouddata.yaml is in place
/etc/grafana/dashboards/temperature.json is in place
/etc/grafana/dashboards/network.json is in place'
install=deploy/grafana/install.sh
check 'an engine must be named' is 'usage: install.sh influxdb|victoriametrics' "$install"
check "without the password of InfluxDB's user it says who makes it" prints 'make-database.sh makes it' "$install" influxdb
rm -r "$DESTDIR"
mkdir -p "$DESTDIR/etc/clouddata"
echo secret >"$DESTDIR/etc/clouddata/influx_grafana_password"
check 'everything is put in place' is "$placed
/etc/grafana/influx_password is in place
/etc/grafana/admin_password is in place" "$install" influxdb
check 'the second time there is nothing to do' is '' "$install" influxdb
modes() { stat -c '%a %n' "$DESTDIR"/etc/grafana/*_password | sed "s|$DESTDIR||"; }
check 'nobody else reads the passwords' is '640 /etc/grafana/admin_password
640 /etc/grafana/influx_password' modes
check 'the engine can be changed' is '/etc/grafana/provisioning/datasources/clouddata.yaml is in place
/etc/grafana/dashboards/temperature.json is in place
/etc/grafana/dashboards/network.json is in place' "$install" victoriametrics
check 'the password stays' is '' "$install" victoriametrics
rm "$DESTDIR/etc/grafana/admin_password"
mkdir -p "$DESTDIR/var/lib/grafana"
touch "$DESTDIR/var/lib/grafana/grafana.db"
check 'a Grafana that has been running is told how to change its password' prints reset-admin-password "$install" influxdb
# What one file names is what another one is.
drop_in=$DESTDIR/etc/systemd/system/grafana-server.service.d/clouddata.conf
while read -r path; do
    check "$path, which Grafana is told of, is there" test -s "$DESTDIR$path"
done < <(grep -ohE '/(etc|usr)/[a-z_/-]*(_password|\.json|check-[a-z-]*|dashboards$)' \
    "$drop_in" "$DESTDIR"/etc/grafana/provisioning/*/clouddata.yaml | sort -u)

# The administrator's password.
password() { # CONTENT PART: the check says so
    printf '%s' "$1" >"$work/password"
    prints "$2" deploy/grafana/check-admin-password "$work/password" &&
        denied deploy/grafana/check-admin-password "$work/password"
}
check 'the password that is made is taken' is '' deploy/grafana/check-admin-password "$DESTDIR/etc/grafana/admin_password"
check "Grafana's own is not" password 'admin' 'is too short'
check 'nor none' password '' 'does not hold one password'
check 'nor two' password $'long enough to be one\nlong enough to be one' 'does not hold one password'
check 'a missing one is named' prints 'cannot be read' deploy/grafana/check-admin-password "$work/nowhere"
check 'with the remedy' prints 'put a password of at least 12 characters there' deploy/grafana/check-admin-password "$work/nowhere"

# The drop-in, on a unit as Grafana's package has it.
unit=$work/grafana-server.service
mkdir "$unit.d"
printf '%s\n' '[Unit]' 'Description=Grafana' '[Service]' 'Type=simple' 'ExecStart=/bin/true' \
    'EnvironmentFile=-/etc/default/grafana-server' >"$unit"
sed "s|=/usr/local/lib/clouddata|=$PWD/deploy/grafana|" deploy/grafana/clouddata.conf >"$unit.d/clouddata.conf"
check 'systemd understands the drop-in' is '' systemd-analyze verify --man=no "$unit"
sed -i 's/^ExecStartPre/ExecStartPrior/' "$unit.d/clouddata.conf"
check 'and would not, were it wrong' prints ExecStartPrior systemd-analyze verify --man=no "$unit"

finish
