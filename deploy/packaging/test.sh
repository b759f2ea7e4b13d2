#!/usr/bin/env bash
# Installs a package on this machine, looks at what it has done, and purges it. As root, on a
# machine that may be thrown away; nothing is started where systemd does not run.
#
#   deploy/packaging/test.sh PACKAGE.deb
#
# What is only its own is in the program's packaging/expected.sh: groups, files, command, setting,
# data, and the function check_own.
set -uo pipefail
export LC_ALL=C

deb=$(realpath "${1:?which package?}")
cd "$(dirname "$0")/../.." || exit
name=$(dpkg-deb --field "$deb" Package)
program=${name#clouddata-}
config=/etc/clouddata/$program.toml
state=/var/lib/$name
unit=/usr/lib/systemd/system/$name.service
work=$(mktemp -d)
completions=(
    "/usr/share/bash-completion/completions/$name"
    "/usr/share/zsh/vendor-completions/_$name"
    "/usr/share/fish/vendor_completions.d/$name.fish"
)
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=gateway/packaging/expected.sh
. "$program/packaging/expected.sh"
files+=("/usr/lib/sysusers.d/$name.conf")

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

completed() { # WORD: what bash makes of it after the program's name
    bash -c '. "$0"; COMP_WORDS=("$1" "$2") COMP_CWORD=1 COMPREPLY=()
        $(complete -p "$1" | sed "s/.*-F \([^ ]*\).*/\1/") "$1" "$2" "$1"; echo "${COMPREPLY[@]}"' \
        "/usr/share/bash-completion/completions/$name" "$name" "$1"
}

gone() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
as_user() { setpriv --reuid "$1" --regid "$1" --init-groups --inh-caps=-all --reset-env "${@:2}"; }
quiet() { # COMMAND...: succeeds, and says nothing on stderr but that the unit is enabled
    "$@" 2>"$work/noise" >/dev/null && is '' sed '/^Created symlink /d' "$work/noise"
}

check 'it installs without noise' quiet dpkg --install "$deb"
check 'its state is installed' is 'ii ' dpkg-query -Wf '${db:Status-Abbrev}' "$name"

check 'the user is in these groups and no other' is "${groups[*]}" id -Gn "$name"
check 'the user cannot log in' is /usr/sbin/nologin sh -c "getent passwd $name | cut -d: -f7"
check 'the user has no password' grep -qE "^$name:[!*]" /etc/shadow
check 'the user is a system user' test "$(id -u "$name" 2>/dev/null || echo 9999)" -lt 1000

while read -r mode owner path; do
    check "mode and owner of $path" is "$mode $owner" stat -c '%a %U:%G' "$path"
done <<FILES
755 root:root /usr/bin/$name
644 root:root $unit
755 root:root /etc/clouddata
640 root:$name $config
$(printf '644 root:root %s\n' "${files[@]}")
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
check_own
check 'the unit is understood' quiet systemd-analyze verify --man=no "$unit"
check 'the unit is enabled' is "$unit" readlink -f "/etc/systemd/system/multi-user.target.wants/$name.service"
check 'the unit exposes little' systemd-analyze security --no-pager --offline=true --threshold=20 "$unit"
check 'the unit can be reloaded' grep -q '^ExecReload=.*kill -HUP' "$unit"
check 'the unit runs the program that is installed' grep -qx "ExecStart=$command" "$unit"

echo "$setting" >>"$config"
chmod 0600 "$config"
install -d -o "$name" "$state"
touch "$state/$data"
check 'it installs again' quiet dpkg --install "$deb"
check "an upgrade keeps the administrator's settings" grep -qx "$setting" "$config"
check "an upgrade keeps the administrator's mode" is 600 stat -c %a "$config"

check 'it can be removed' quiet dpkg --remove "$name"
check 'removal takes the program' gone "/usr/bin/$name"
check 'removal keeps the configuration' test -e "$config"
check 'removal keeps the readings' test -e "$state/$data"

check 'it can be purged' quiet dpkg --purge "$name"
for path in /etc/clouddata "$state" "$unit" "/etc/systemd/system/multi-user.target.wants/$name.service" \
    "/etc/systemd/system/$name.service" "${files[@]}"; do
    check "purging removes $path" gone "$path"
done
check 'dpkg knows it no more' denied dpkg-query -W "$name"

finish
