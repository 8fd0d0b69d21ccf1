#!/usr/bin/env bash
# demo.sh: audits the bundled example clusters with build/seawall. Called by `./run demo`.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
out=build/examples
printf '\n==> laying out the example nodes below %s\n' "$out" >&2
examples/lay-out.sh "$out"
audit() { local status=0; build/seawall audit "$@" || status=$?; [ $status -le 3 ] && [ $status != 2 ]; }

printf '\n==> 1  a control plane made by kubeadm, with planted mistakes (only what is high or critical)\n' >&2
audit --root "$out/cp-0" --severity high
printf '\n==> 2  a control plane of systemd units; nothing in its files tells the versions, so they are given\n' >&2
audit --root "$out/master-1" --component-version kubernetes=1.34.2,etcd=3.5.21 --severity critical
printf '\n==> 3  three members of an etcd cluster: only what fails about its TLS\n' >&2
audit --root "$out/etcd-0" --root "$out/etcd-1" --root "$out/etcd-2" --component-version etcd=3.6.5 --row 5a,5b -q
cat <<TXT

The three audits above were read from files below $out. Try next:
  build/seawall audit --root $out/cp-0               every finding, with file:line and the edit
  build/seawall audit --root $out/cp-0 --row 5a -v   one row of the recipe, what passes too
  build/seawall audit --root $out/cp-0 -o json       for programs
  build/seawall explain etcd-client-cert-auth        why, and what to do
  sudo build/seawall audit                           this machine
TXT
