#!/usr/bin/env bash
# Installs the package on this machine, looks at what it has done, and purges it. As root, on a
# machine that may be thrown away; nothing is started where systemd does not run.
#
#   gateway/packaging/test.sh PACKAGE.deb
set -uo pipefail
export LC_ALL=C

deb=$(realpath "${1:?which package?}")
name=clouddata-gateway
config=/etc/clouddata/gateway.toml
state=/var/lib/$name
unit=/usr/lib/systemd/system/$name.service
passed=0 failed=0
work=$(mktemp -d)

[ "$(id -u)" -eq 0 ] || { echo "test.sh: only root can install packages" >&2; exit 77; }
for used in "/usr/bin/$name" /etc/clouddata "$state"; do
    [ ! -e "$used" ] || { echo "test.sh: $used is there already" >&2; exit 69; }
done
getent passwd "$name" >/dev/null && user_was_there=1
clean_up() {
    dpkg --purge "$name" >/dev/null 2>&1
    [ -n "${user_was_there:-}" ] || userdel "$name" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

check() { # WHAT COMMAND...: passes if the command succeeds
    if "${@:2}" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
        sed 's/^/    /' "$work/output"
    fi
}
gone() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
is() { # EXPECTED COMMAND...: the command prints just that
    local found
    found=$("${@:2}" 2>&1) || true
    [ "$found" = "$1" ] || { printf 'expected: %s\nfound:    %s\n' "$1" "$found"; return 1; }
}
as_user() { setpriv --reuid "$1" --regid "$1" --init-groups --inh-caps=-all --reset-env "${@:2}"; }
quiet() { # COMMAND...: succeeds, and says nothing on stderr but that the unit is enabled
    "$@" 2>"$work/noise" >/dev/null && is '' sed '/^Created symlink /d' "$work/noise"
}
denied() { ! "$@"; }

check 'it installs without noise' quiet dpkg --install "$deb"
check 'its state is installed' is 'ii ' dpkg-query -Wf '${db:Status-Abbrev}' "$name"

check 'the user has its own group, and dialout' is "$name dialout" id -Gn "$name"
check 'the user cannot log in' is /usr/sbin/nologin sh -c "getent passwd $name | cut -d: -f7"
check 'the user has no password' grep -qE "^$name:[!*]" /etc/shadow
check 'the user is a system user' test "$(id -u "$name" 2>/dev/null || echo 9999)" -lt 1000

while read -r mode owner path; do
    check "mode and owner of $path" is "$mode $owner" stat -c '%a %U:%G' "$path"
done <<FILES
755 root:root /usr/bin/$name
644 root:root $unit
644 root:root /usr/lib/udev/rules.d/70-clouddata-smartmesh.rules
644 root:root /usr/lib/sysusers.d/$name.conf
644 root:root /usr/share/bash-completion/completions/$name
644 root:root /usr/share/zsh/vendor-completions/_$name
644 root:root /usr/share/fish/vendor_completions.d/$name.fish
755 root:root /etc/clouddata
640 root:$name $config
FILES
# A container may leave documentation out of what it installs, so the package itself is asked.
inside() { dpkg --fsys-tarfile "$deb" | tar -xO ".$1"; }
check 'a manual page that names each command' is '' comm -23 \
    <("$name" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p' | grep -vx help | sort) \
    <(inside "/usr/share/man/man1/$name.1.gz" | gzip -d | tr -d '\\' | grep -oE '[a-z][a-z-]+' | sort -u)
check 'a licence and a changelog' is 2 grep -cE "/doc/$name/(copyright|changelog.Debian.gz)$" <(dpkg --contents "$deb")
check 'the configuration file is a conffile' grep -qF "$config" <(dpkg-query -Wf '${Conffiles}' "$name")

check 'it runs' grep -q "^$name " <(as_user "$name" "$name" --version)
check 'the shipped configuration can be used by the user' as_user "$name" "$name" config --check
check 'nobody else reads the configuration' denied as_user nobody cat "$config"
check 'the shipped configuration is the template' cmp "$config" <("$name" config)
completed() { # WORD: what bash makes of it after the program's name
    bash -c '. "$0"; COMP_WORDS=("$1" "$2") COMP_CWORD=1 COMPREPLY=()
        $(complete -p "$1" | sed "s/.*-F \([^ ]*\).*/\1/") "$1" "$2" "$1"; echo "${COMPREPLY[@]}"' \
        "/usr/share/bash-completion/completions/$name" "$name" "$1"
}
check 'bash completes its commands' is doctor completed doc
check 'the udev rule links the serial API' grep -q \
    '^ENV{ID_USB_INTERFACE_NUM}=="03", .*SYMLINK+="smartmesh-api"' /usr/lib/udev/rules.d/70-clouddata-smartmesh.rules
if udevadm verify --help >/dev/null 2>&1; then # since systemd 254
    check 'the udev rule is understood' udevadm verify /usr/lib/udev/rules.d/70-clouddata-smartmesh.rules
fi
check 'the unit is understood' quiet systemd-analyze verify --man=no "$unit"
check 'the unit is enabled' is "$unit" readlink -f "/etc/systemd/system/multi-user.target.wants/$name.service"
check 'the unit exposes little' systemd-analyze security --no-pager --offline=true --threshold=20 "$unit"
check 'the unit can be reloaded' grep -q '^ExecReload=.*kill -HUP' "$unit"
check 'the unit runs the program that is installed' grep -q "^ExecStart=/usr/bin/$name run$" "$unit"

echo 'spool_limit = 1' >>"$config"
chmod 0600 "$config"
install -d -o "$name" "$state"
touch "$state/spool.sqlite"
check 'it installs again' quiet dpkg --install "$deb"
check "an upgrade keeps the administrator's settings" grep -q 'spool_limit = 1$' "$config"
check "an upgrade keeps the administrator's mode" is 600 stat -c %a "$config"

check 'it can be removed' quiet dpkg --remove "$name"
check 'removal takes the program' gone "/usr/bin/$name"
check 'removal keeps the configuration' test -e "$config"
check 'removal keeps what waits for the server' test -e "$state/spool.sqlite"

check 'it can be purged' quiet dpkg --purge "$name"
for path in /etc/clouddata "$state" "$unit" "/etc/systemd/system/multi-user.target.wants/$name.service" \
    "/etc/systemd/system/$name.service" /usr/lib/udev/rules.d/70-clouddata-smartmesh.rules; do
    check "purging removes $path" gone "$path"
done
check 'dpkg knows it no more' denied dpkg-query -W "$name"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
