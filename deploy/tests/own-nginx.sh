# shellcheck shell=bash
# A folder of the test's own, $work, and an nginx whose configuration, logs and ports are only here, with our site in it:
# for the tests beside this file to source, in namespaces of their own.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ip link set lo up
cp -r /etc/nginx "$work/nginx"
mount --bind "$work/nginx" /etc/nginx
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log/nginx
rm -f /etc/nginx/sites-enabled/*
cp deploy/nginx/clouddata.conf /etc/nginx/sites-enabled/clouddata
mkdir -p /etc/nginx/clouddata
cp deploy/nginx/root-page.conf /etc/nginx/clouddata/root.conf
