#!/usr/bin/env bash
# bench.sh: what docs/benchmarks.md quotes. Called by `./run bench`. SEAWALL_PEERS=1 also measures checkov, installed into a
# virtual environment outside the project.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
work=build/bench-data; mkdir -p "$work"
examples/lay-out.sh "$work/nodes"
python3 bench/measure.py sizes build/seawall
python3 bench/measure.py run "start-up: seawall --help" -n 41 -- build/seawall --help
python3 bench/measure.py run "one kubeadm control plane, text" -n 41 -- build/seawall audit --root "$work/nodes/cp-0"
python3 bench/measure.py run "one kubeadm control plane, JSON" -n 41 -- build/seawall audit --root "$work/nodes/cp-0" -o json
roots=()
for i in $(seq 1000); do
  [ -d "$work/many/n$i" ] || { mkdir -p "$work/many"; cp -a "$work/nodes/cp-0" "$work/many/n$i"; }
  roots+=(--root "n$i=$work/many/n$i")
done
python3 bench/measure.py run "1,000 nodes, JSON" -n 5 -- build/seawall audit "${roots[@]}" -o json
python3 bench/measure.py run "100 nodes, JSON" -n 5 -- build/seawall audit "${roots[@]:0:200}" -o json
python3 bench/measure.py run "1,000 nodes, text" -n 5 -- build/seawall audit "${roots[@]}"
bundles=()
build/seawall collect -q --root cp-0="$work/nodes/cp-0" --out "$work/cp-0.bundle"
for i in $(seq 1000); do bundles+=("n$i=$work/cp-0.bundle"); done
python3 bench/measure.py run "1,000 bundles, JSON" -n 5 -- build/seawall audit "${bundles[@]}" -o json
python3 bench/measure.py run "100 bundles, JSON" -n 5 -- build/seawall audit "${bundles[@]:0:100}" -o json
build/bench/bench/seawall_bench --benchmark_min_time=0.2 2>/dev/null
mkdir -p "$work/rbac"; bench/rbac.sh build/seawall "$work/rbac"
if [ "${SEAWALL_PEERS:-0}" = 1 ]; then
  venv=${SEAWALL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/seawall}/checkov
  [ -x "$venv/bin/checkov" ] || { python3 -m venv "$venv"; "$venv/bin/pip" install -q checkov==3.3.30; }
  python3 bench/measure.py versus "seawall : checkov, the four manifests" -n 5 \
    --a build/seawall audit -f "$work/nodes/cp-0/etc/kubernetes/manifests" -o json \
    --b "$venv/bin/checkov" --framework kubernetes --quiet --compact -d "$work/nodes/cp-0/etc/kubernetes/manifests"
  bench/prove.sh
fi
