#!/usr/bin/env bash
# The nginx site before the real server, in namespaces of its own, so that it has the ports and
# folders of a real machine. As root. What it needs it installs by name.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ -z "${IN_NAMESPACE:-}" ]; then
    .ci/need.sh nginx nginx-light curl curl openssl openssl ip iproute2 python3 python3
    cargo build --quiet -p clouddata-server -p clouddata-gateway -p clouddata-simulator || exit
    # All that it starts ends with it.
    IN_NAMESPACE=1 exec unshare --net --mount --pid --mount-proc --fork --kill-child "$0"
fi
# shellcheck source=deploy/tests/count.sh
. deploy/tests/count.sh
# shellcheck source=deploy/tests/ledger.sh
. deploy/tests/ledger.sh
# shellcheck source=deploy/tests/own-nginx.sh
. deploy/tests/own-nginx.sh
PATH=$(realpath "${CARGO_TARGET_DIR:-target}")/debug:$PATH

ip address add 192.0.2.2/32 dev lo # from here it is no loopback
echo 'server_name clouddata.example;' >/etc/nginx/clouddata/name.conf

base=http://192.0.2.2
get() { curl -fsS --max-time 20 "$@"; }
code() { # CURL ARGUMENT...: the status alone
    curl -sS --max-time 20 -o /dev/null -w '%{http_code}' "$@"
}
answer() { # CURL ARGUMENT...: status, Retry-After and body on a line each
    curl -sS --max-time 20 -w '\n%{http_code} %header{retry-after}' "$@" | tac
}
start_server() { # [ARGUMENT...]
    clouddata-server --data-dir "$work/data" "$@" 2>>"$work/server.log" &
    server=$!
    soon curl -fsS http://127.0.0.1:8080/health
}
stop_server() { kill "$server"; wait "$server"; }
json=(-H 'Content-Type: application/json')
reading='{"mac": "00-17-0d-00-00-30-5d-39", "temperature": 22.97}'

# What the existing gateway sends, octet for octet.
old_request="POST /api/v1/oap HTTP/1.1
Host: 192.0.2.2
Accept-Encoding: identity
Content-Length: ${#reading}
Content-type: application/json

$reading"
send_old() {
    local status
    exec 3<>/dev/tcp/192.0.2.2/80
    sed '/{/!s/$/\r/' <<<"$old_request" | head -c -1 >&3
    read -r -t 10 status <&3
    exec 3>&-
    echo "${status%$'\r'}"
}

check 'nginx takes the site' nginx -t -q
nginx
start_server

check 'the old gateway is answered' is 'HTTP/1.1 204 No Content' send_old
check 'its reading is stored' prints '22.97' curl -sS "$base/api/v1/readings?format=csv"
check 'the page is at /' prints '<title>' curl -sS "$base/"
check 'the page is at /live too' prints '<title>' curl -sS "$base/live"
asset=$(curl -sS "$base/" | grep -o '/assets/[0-9a-f]*/main.js' | head -1)
check "its files are to be had" is 200 code "$base$asset"
check 'motes are listed' prints '00-17-0d-00-00-30-5d-39' curl -sS "$base/api/v1/motes"
check 'readings are taken at /oap' is 204 code "${json[@]}" -d "$reading" "$base/oap"
check 'its health is told' prints '"ok"' curl -sS "$base/health"
check 'outsiders do not see its metrics' is 403 code "$base/metrics"
check 'this machine sees its metrics' is 200 code http://127.0.0.1/metrics

# Its refusals come through as it words them: the same answer as without nginx.
same_refusal() { # STATUS CURL ARGUMENT...
    local direct proxied
    direct=$(answer "${@:2}" http://127.0.0.1:8080/api/v1/oap)
    proxied=$(answer "${@:2}" "$base/api/v1/oap")
    prints "$1 " echo "$direct" && is "$direct" echo "$proxied"
}
check 'no JSON: 400' same_refusal 400 "${json[@]}" -d '{"mac": '
check 'no reading: 422, and what is wrong with it' same_refusal 422 "${json[@]}" -d '{"mac": "nonsense", "temperature": 1}'
check 'another media type: 415' same_refusal 415 -H 'Content-Type: text/plain' -d "$reading"
check 'another coding: 415' same_refusal 415 "${json[@]}" -H 'Content-Encoding: br' -d "$reading"
head -c 1048577 /dev/zero | tr '\0' ' ' >"$work/large"
check 'a large body: 413, as the server says it' same_refusal 413 "${json[@]}" --data-binary "@$work/large"
check 'an address that is not there: 404' is 404 code "$base/api/v1/nothing"

# Events come when they happen, not when a buffer is full.
listens() { curl -sS http://127.0.0.1:8080/metrics | grep -q 'listeners 1$'; }
follow() {
    local line
    exec 4< <(curl -sSN --max-time 20 "$base/api/v1/stream")
    soon listens || return
    code "${json[@]}" -d '{"mac": "00-17-0d-00-00-30-5d-40", "temperature": 11.25}' "$base/api/v1/oap"
    while read -r -t 8 line <&4; do
        [[ $line == data:*11.25* ]] && break
    done
    exec 4<&-
    echo "$line"
}
check 'events are not held back' prints '11.25' follow

# A site is reached by its path, and its link opens it once and for all.
clouddata-server --data-dir "$work/data" site add north >/dev/null
token=$(clouddata-server --data-dir "$work/data" token add north viewer --scope read)
check 'a link to a site leads to its page' soon is 303 code "$base/s/north/?token=$token"
check 'and is in no log' is 0 sh -c "grep -cFe '$token' /var/log/nginx/access.log"
check 'the page wants what the link has left' is 401 code "$base/s/north/"
check 'and is there with it' prints '<title>' curl -sS -H "Cookie: clouddata-site=$token" "$base/s/north/"
check 'as is what it asks for' is '[]' curl -sS -H "Authorization: Bearer $token" "$base/s/north/api/v1/motes"
check "a site's path leads to no metrics" is 401 code -H "Authorization: Bearer $token" "$base/s/north/metrics"
site_stream() {
    curl -sSN --max-time 20 -H "Authorization: Bearer $token" "$base/s/north/api/v1/stream" | head -c 12
}
check 'its events are not held back' prints 'event: alive' site_stream

# 600 may come at once and 300 a second after that; more are told when to come again. What is flooded
# is a place that nginx answers by itself, and so fast enough on any machine.
flood() {
    curl -sS --no-progress-meter --max-time 60 --parallel --parallel-max 30 -d "$reading" -o /dev/null \
        -w '%{http_code} %header{retry-after}\n' "$base/.well-known/acme-challenge/?[1-3000]" | sort -u | paste -sd,
}
check 'a flood from one address is held back with 429' is '404 ,429 1' flood
check 'looking is not held back' is 200 code "$base/api/v1/motes"

# Streams have places of their own: all that four addresses can open leave room for readings.
for number in 11 12 13 14; do ip address add "192.0.2.$number/32" dev lo; done
cat >"$work/streams.py" <<'PYTHON'
"""Opens streams: python3 streams.py COUNT TARGET SOURCE... Prints how often each status came; holds them."""
import collections, socket, sys, time

count, target, sources = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
held, seen = [], collections.Counter()
for source in sources:
    for _ in range(count):
        family = socket.AF_INET6 if ":" in source else socket.AF_INET
        client = socket.socket(family)
        client.settimeout(20)
        client.bind((source, 0))
        client.connect((target, 80))
        client.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: a\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(4096)
            if not part:
                break
            head += part
        seen[head.split(b" ", 2)[1].decode() if head else "none"] += 1
        held.append(client)
print(" ".join(f"{status}:{times}" for status, times in sorted(seen.items())), flush=True)
time.sleep(600)
PYTHON
streams() { # NAME COUNT TARGET SOURCE...: what they were answered; they stay open
    python3 "$work/streams.py" "${@:2}" >"$work/$1" 2>"$work/$1.error" &
    echo $! >"$work/$1.pid"
    soon test -s "$work/$1" || cat "$work/$1.error"
    cat "$work/$1"
}
close_streams() { # NAME
    kill "$(cat "$work/$1.pid")"
    wait "$(cat "$work/$1.pid")" 2>/dev/null
    soon nobody_follows
}
nobody_follows() { curl -sS http://127.0.0.1:8080/metrics | grep -q 'listeners 0$'; }
check 'four addresses with 199 streams each get twenty each, and 429' is '200:80 429:716' \
    streams four 199 192.0.2.2 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14
check 'one too many is told when to come again, as JSON' prints '429 1' \
    answer --interface 192.0.2.11 "$base/api/v1/stream"
check 'meanwhile the old gateway is answered' is 'HTTP/1.1 204 No Content' send_old
check 'and from one of their addresses too' is 204 code --interface 192.0.2.11 "${json[@]}" -d "$reading" "$base/api/v1/oap"
close_streams four

# An IPv6 line has many addresses, and is one client.
for address in 2001:db8::2 2001:db8:0:0:ffff::3 2001:db8:0:0:1:0:0:4 2001:db8:0:7::5 2001:db8:1:2:3:4:5:6 2001:db8:1:2::7; do
    ip address add "$address/128" dev lo nodad
done
check 'all addresses of an IPv6 /64 are one client' is '200:20 429:16' \
    streams one 12 2001:db8::2 2001:db8::2 2001:db8:0:0:ffff::3 2001:db8:0:0:1:0:0:4
check 'another /64 is another' is '200:12' streams other 12 2001:db8::2 2001:db8:0:7::5
check 'however its addresses are written' is '200:20 429:4' streams third 12 2001:db8::2 2001:db8:1:2:3:4:5:6 2001:db8:1:2::7
for name in one other third; do kill "$(cat "$work/$name.pid")"; done
soon nobody_follows

# nginx has been told when the command returns, and has done it when no worker of before takes connections.
workers() { pgrep -f '^nginx: worker process$' | sort; }
reload() {
    local before
    before=$(workers)
    nginx -q -s reload 2>/dev/null
    soon replaced "$before"
}
replaced() { # PIDS
    local now
    now=$(workers)
    [ -n "$now" ] && [ -z "$(comm -12 <(echo "$1") <(echo "$now"))" ]
}

# An nginx without connections to spare says so as the server would.
cp /etc/nginx/nginx.conf "$work/nginx.conf"
sed -i 's/worker_processes .*/worker_processes 1;/; s/worker_connections [0-9]*/worker_connections 12/' /etc/nginx/nginx.conf
reload
full() {
    streams few 6 192.0.2.2 192.0.2.11 >/dev/null
    for _ in {1..20}; do
        answer "${json[@]}" -d "$reading" "$base/api/v1/oap" | paste -sd' '
    done | sort -u
}
check 'without connections to spare: 503, when to come again, and JSON' prints '503 5{"error"' full
check 'and never a page' denied prints '<html>' full
kill "$(cat "$work/few.pid")"
cp "$work/nginx.conf" /etc/nginx/nginx.conf
reload
soon nobody_follows

# With tokens, they pass through.
stop_server
echo 'attic: 0123456789abcdef' >"$work/tokens"
start_server --tokens-file "$work/tokens"
check 'without a token: 401, as the server says it' same_refusal 401 "${json[@]}" -d "$reading"
check 'with a token: stored' is 204 code "${json[@]}" -H 'Authorization: Bearer 0123456789abcdef' -d "$reading" \
    "$base/api/v1/oap"

# While the server is down; a gateway keeps its readings and takes them there later.
stop_server
rm -r "$work/data"
check 'server down: 503, and when to come again' prints '503 5' answer "$base/api/v1/oap"
check 'server down: it is said as JSON' prints '{"error"' curl -sS "$base/api/v1/motes"
clouddata-simulator --period 200ms --link "$work/api" --ledger "$work/ledger" >"$work/simulator.log" 2>&1 &
simulator=$!
soon test -e "$work/api"
clouddata-gateway run --port "$work/api" --server "$base" --state-dir "$work/state" 2>"$work/gateway.log" &
gateway=$!
check 'server down: the gateway goes on taking readings' soon has_acknowledged 20
start_server
check 'server back: the gateway goes on' soon has_acknowledged 60
kill "$simulator" && wait "$simulator"
check 'server back: what was acknowledged is stored, and nothing else' soon all_stored
kill "$gateway" && wait "$gateway"

# The request as it arrives behind nginx.
stop_server
python3 -u - >"$work/arrived" <<'PYTHON' &
import http.server

class Recorder(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(self.command, self.path, self.headers["Content-Type"], body.decode())
        self.send_response(204)
        self.end_headers()

    def log_request(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", 8080), Recorder).serve_forever()
PYTHON
soon is 'HTTP/1.1 204 No Content' send_old
arrived() { sort -u "$work/arrived"; }
check "the old gateway's request arrives unchanged" is "POST /api/v1/oap application/json $reading" arrived
kill $!

# Grafana at /, as far as nginx is concerned: by what stands in for it on its port.
cp deploy/nginx/root-grafana.conf /etc/nginx/clouddata/root.conf
reload
start_server
check 'Grafana down: 503' soon is 503 code "$base/dashboards"
mkdir "$work/grafana" && echo 'a dashboard' >"$work/grafana/dashboards"
(cd "$work/grafana" && exec python3 -m http.server --bind 127.0.0.1 3000 >/dev/null 2>&1) &
check 'everything else goes to port 3000' soon is 'a dashboard' curl -sS "$base/dashboards"
check 'the API is still the server'"'"'s' prints '00-17-0d' curl -sS "$base/api/v1/motes"
check 'the page is still at /live' prints '<title>' curl -sS "$base/live"

# With TLS, the same on 443, and 80 as before.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=clouddata.example \
    -addext subjectAltName=DNS:clouddata.example -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
sed "s|CERTIFICATE|$work/cert.pem|; s|KEY|$work/key.pem|" deploy/nginx/tls.conf >/etc/nginx/clouddata/tls.conf
check 'nginx takes the site with TLS' nginx -t -q
reload
tls=(--cacert "$work/cert.pem" --resolve clouddata.example:443:192.0.2.2)
check 'by TLS motes are listed' soon prints '00-17-0d' curl -sS "${tls[@]}" https://clouddata.example/api/v1/motes
check 'by TLS it speaks HTTP/2' is 2 curl -sS "${tls[@]}" -o /dev/null -w '%{http_version}' https://clouddata.example/api/v1/motes
check 'and by HTTP/2 readings are stored' is 204 code "${tls[@]}" "${json[@]}" -d "$reading" https://clouddata.example/api/v1/oap
check 'without TLS the old gateway is answered as before' is 'HTTP/1.1 204 No Content' send_old

finish
