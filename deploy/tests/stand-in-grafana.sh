#!/usr/bin/env bash
# Builds a package named grafana, for tests of what is around Grafana: its own can be had only from
# its makers. The user, the unit, the folders and the variables are those of the real one; the program
# only says at / who it is and what it could read of what it was told of.
#
#   deploy/tests/stand-in-grafana.sh FOLDER
set -euo pipefail
folder=$(realpath "${1:?which folder?}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{DEBIAN,usr/sbin,usr/share/grafana,etc/default,etc/grafana/provisioning,lib/systemd/system}

cat >"$work/DEBIAN/control" <<'END'
Package: grafana
Version: 0~stand-in
Architecture: all
Maintainer: The clouddata authors <maintainers@clouddata.example>
Depends: adduser, perl-base
Description: plays Grafana in tests
END
cat >"$work/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
adduser --quiet --system --group --home /usr/share/grafana --no-create-home grafana
install -d -o grafana -g grafana /var/lib/grafana
END
cat >"$work/etc/default/grafana-server" <<'END'
CONF_FILE=/etc/grafana/grafana.ini
DATA_DIR=/var/lib/grafana
END
cat >"$work/lib/systemd/system/grafana-server.service" <<'END'
[Unit]
Description=Grafana instance
Wants=network-online.target
After=network-online.target

[Service]
EnvironmentFile=/etc/default/grafana-server
User=grafana
Group=grafana
Type=simple
Restart=on-failure
WorkingDirectory=/usr/share/grafana
ExecStart=/usr/sbin/grafana-server --config=${CONF_FILE} cfg:default.paths.data=${DATA_DIR}
UMask=0027

[Install]
WantedBy=multi-user.target
END
cat >"$work/usr/sbin/grafana-server" <<'END'
#!/usr/bin/perl
# Each line of the answer is a fact: a file that it was told of, and how many octets it read of it.
use strict;
use warnings;
use IO::Socket::INET;

sub content { open(my $file, '<', $_[0]) or return undef; local $/; return <$file> }

my %files = ('home' => $ENV{GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH} // '');
($files{admin_password}) = ($ENV{GF_SECURITY_ADMIN_PASSWORD} // '') =~ /^\$__file\{(.*)\}$/;
$files{source} = '/etc/grafana/provisioning/datasources/clouddata.yaml';
($files{source_password}) = (content($files{source}) // '') =~ /\$__file\{(.*)\}/;
$files{provider} = '/etc/grafana/provisioning/dashboards/clouddata.yaml';

my $listener = IO::Socket::INET->new(
    LocalAddr => $ENV{GF_SERVER_HTTP_ADDR} || '0.0.0.0',
    LocalPort => $ENV{GF_SERVER_HTTP_PORT} || 3000,
    Listen => 8,
    ReuseAddr => 1,
) or die "cannot listen: $@";
while (my $client = $listener->accept) {
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
    my $body = "This is Grafana's stand-in.\n";
    for my $name (sort keys %files) {
        my $content = content($files{$name} // '');
        $body .= "$name: " . (defined $content ? length $content : 'cannot be read') . "\n";
    }
    $body .= "anonymous: $ENV{GF_AUTH_ANONYMOUS_ENABLED} $ENV{GF_AUTH_ANONYMOUS_ORG_ROLE}\n";
    print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: "
        . length($body) . "\r\n\r\n$body";
    close $client;
}
END
chmod 755 "$work/DEBIAN/postinst" "$work/usr/sbin/grafana-server"
dpkg-deb --root-owner-group --build "$work" "$folder" >/dev/null
