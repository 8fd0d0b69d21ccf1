#!/usr/bin/env bash
# prove.sh [ENDPOINTS] [FEW]: many endpoints behind one Go server, by seawall; and few of them by seawall, sslscan and nmap in the
# same run, seawall also with --only tls, which is the enumeration that the peers do. What docs/benchmarks.md quotes of prove. Called by
# `SEAWALL_PEERS=1 ./run bench`; needs Go, sslscan and nmap.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
many=${1:-10000} few=${2:-20}
work=build/bench-data; mkdir -p "$work"
(cd bench/tlsserver && CGO_ENABLED=0 go build -o "../../$work/tlsserver" .)
coproc SERVER { exec "$work/tlsserver"; }
# The descriptor that the array element names is closed, as bash has it.
# shellcheck disable=SC1083
trap 'exec {SERVER[1]}>&-; wait "$SERVER_PID" 2>/dev/null || true' EXIT
read -r port <&"${SERVER[0]}"

endpoints() { # of 127.0.0.0/8
  for ((i = 0; i < $1; i++)); do printf -- '127.%d.%d.%d:%d\n' $((1 + i / 60000)) $((i / 240 % 250)) $((1 + i % 240)) "$port"; done
}
measure() { # NAME COMMAND…
  local name=$1; shift
  /usr/bin/time -f "$name: %e s, %U user, %S system, %M KiB" -o "$work/time" "$@" >"$work/out" 2>"$work/err" || true
  tail -1 "$work/time"
}
words() { endpoints "$1" | sed 's/.*/--endpoint &/' | tr '\n' ' '; }

# shellcheck disable=SC2046  # words are wanted
measure "seawall, $few endpoints" build/seawall prove -o json $(words "$few")
# shellcheck disable=SC2046
measure "seawall --only tls, $few endpoints" build/seawall prove --only tls -o json $(words "$few")
endpoints "$few" >"$work/targets"
# What nmap asks, and no more: neither groups nor a handshake.
# shellcheck disable=SC2046  # words are wanted
measure "seawall --only suites, $few endpoints" build/seawall prove --only suites -o json $(words "$few")
measure "sslscan, $few endpoints" sslscan --targets="$work/targets" --no-colour
measure "nmap, $few endpoints" nmap -n -Pn -p "$port" --script ssl-enum-ciphers -iL <(cut -d: -f1 "$work/targets")
# shellcheck disable=SC2046
measure "seawall --only suites, $many endpoints" build/seawall prove --only suites --timeout 60s -o json $(words "$many")
measure "nmap, $many endpoints" nmap -n -Pn -p "$port" --script ssl-enum-ciphers -iL <(endpoints "$many" | cut -d: -f1)
# shellcheck disable=SC2046
measure "seawall --only tls, $many endpoints" build/seawall prove --only tls --timeout 60s -o json $(words "$many")
# shellcheck disable=SC2046
measure "seawall, $many endpoints" build/seawall prove --timeout 60s -o json $(words "$many")
python3 - "$work/out" <<'P'
import json, sys
report = json.load(open(sys.argv[1]))
known = sum(1 for e in report["endpoints"] if e["tls"] and not e["tls"]["unknown"])
print(f"{known} of {len(report['endpoints'])} endpoints known whole, {sum(e['connections'] for e in report['endpoints'])} connections")
P
