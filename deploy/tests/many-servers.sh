#!/usr/bin/env bash
# The nginx site before three of the real servers, one of which is killed, halted and restarted: what is posted is
# answered, and streams come again. Each has a file of its own here: what nginx does is the same, and how servers
# share one store is tested in server/ci/cluster.sh. In namespaces of its own; as root; installs what it needs.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ -z "${IN_NAMESPACE:-}" ]; then
    .ci/need.sh nginx nginx-light curl curl ip iproute2 python3 python3
    cargo build --quiet -p clouddata-server || exit
    # All that it starts ends with it.
    IN_NAMESPACE=1 exec unshare --net --mount --pid --mount-proc --fork --kill-child "$0"
fi
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/own-nginx.sh
. deploy/tests/own-nginx.sh
PATH=$(realpath "${CARGO_TARGET_DIR:-target}")/debug:$PATH

mkdir /etc/nginx/clouddata/servers
cp deploy/nginx/many-servers.conf /etc/nginx/clouddata/
printf 'server 127.0.0.%s:8080 fail_timeout=2s;\n' 2 3 >/etc/nginx/clouddata/servers/others.conf
echo 'server_name _;' >/etc/nginx/clouddata/name.conf

base=http://127.0.0.9
declare -A servers=()
start_server() { # NUMBER
    clouddata-server --listen "127.0.0.$1:8080" --data-dir "$work/data-$1" 2>>"$work/server-$1.log" &
    servers[$1]=$!
    soon curl -fsS "http://127.0.0.$1:8080/health"
}
stored() { # NUMBER...: readings that these have, all together
    local number
    for number; do curl -sS "http://127.0.0.$number:8080/api/v1/readings?format=csv" | grep '^00-'; done | sort -u | wc -l
}

# Posts readings one after the other, each once, until the file is gone, and says what was answered how often.
cat >"$work/post.py" <<'PYTHON'
import collections, http.client, os, sys, time

until, seen, number = sys.argv[1], collections.Counter(), 0
connection = http.client.HTTPConnection("127.0.0.9", timeout=20)
while os.path.exists(until):
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600)) + ".%06dZ" % number
    body = '{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 21.5, "timestamp": "%s"}' % stamp
    connection.request("POST", "/api/v1/oap", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    seen[answer.status] += 1
    number += 1
    time.sleep(0.01)
print(" ".join(f"{status}:{times}" for status, times in sorted(seen.items())))
PYTHON
begin() {
    touch "$work/posting"
    python3 "$work/post.py" "$work/posting" >"$work/posted" 2>&1 &
    posting=$!
}
end() { # how many were answered in all is added up
    rm -f "$work/posting"
    wait "$posting"
    answered=$((answered + $(grep -o '^204:[0-9]*' "$work/posted" | cut -d: -f2)))
}
answered=0
all_taken() { grep -qx '204:[0-9]*' "$work/posted" || { cat "$work/posted"; return 1; }; }
# What a server had when it fell another has too: that is one reading, and counted once.

check 'nginx takes the site' nginx -t -q
nginx
for number in 1 2 3; do start_server "$number"; done

begin
sleep 1
for number in 1 2 3; do
    kill -9 "${servers[$number]}"
    wait "${servers[$number]}" 2>/dev/null
    sleep 1
    start_server "$number"
    sleep 2.5
done
end
check 'each server killed in turn: no post fails' all_taken
check 'and all are stored' is "$answered" stored 1 2 3

begin
sleep 1
for number in 1 2 3; do
    kill "${servers[$number]}"
    wait "${servers[$number]}"
    start_server "$number"
done
end
check 'each server restarted, one right after the other: no post fails' all_taken
check 'and all are stored' is "$answered" stored 1 2 3

begin
sleep 1
kill -STOP "${servers[2]}"
sleep 8
end
kill -CONT "${servers[2]}"
check 'a server halted: no post fails' all_taken
check 'and all are stored' is "$answered" stored 1 2 3

kill -9 "${servers[1]}" "${servers[2]}"
wait "${servers[1]}" "${servers[2]}" 2>/dev/null
check 'the page is there while two are away' prints '<title>' curl -sS --max-time 20 "$base/"

# An event source asks again when its stream ends; so does this.
start_server 1
start_server 2
follow() {
    while [ -e "$work/following" ]; do
        curl -sSN --max-time 60 "$base/api/v1/stream" 2>/dev/null
        sleep 0.2
    done >"$work/stream"
}
touch "$work/following"
follow &
follower=$!
listener() { # the number of the server that has the stream
    local number
    for number in 1 2 3; do
        ! curl -sS --max-time 2 "http://127.0.0.$number:8080/metrics" 2>/dev/null | grep -q 'listeners 1$' || echo "$number"
    done
}
has_listener() { [ -n "$(listener)" ]; }
soon has_listener
first=$(listener)
kill -9 "${servers[$first]}"
wait "${servers[$first]}" 2>/dev/null
moved() { [ -n "$(listener)" ] && [ "$(listener)" != "$first" ]; }
check 'a stream whose server is killed comes again from another' soon moved
second=$(listener)
curl -sS -H 'Content-Type: application/json' -d '{"mac": "00-17-0d-00-00-30-5d-40", "temperature": 11.25}' \
    "http://127.0.0.$second:8080/api/v1/oap"
check 'and what happens then is in it at once' soon grep -q '11.25' "$work/stream"
rm "$work/following"
kill "$follower"

for number in 1 2 3; do
    kill -9 "${servers[$number]}" 2>/dev/null
    wait "${servers[$number]}" 2>/dev/null
done
check 'all away: 503 as JSON' prints '{"error"' curl -sS --max-time 20 "$base/api/v1/motes"
check 'and when to come again' is '503 5' curl -sS --max-time 20 -o /dev/null -w '%{http_code} %header{retry-after}' "$base/api/v1/motes"

finish
