#!/bin/sh
# What the rbac commands cost: rbac.sh SEAWALL FOLDER. Writes its data into FOLDER first.
set -eu
seawall=$1
data=$2
here=$(dirname "$0")
for n in 1000 10000 100000; do
  events=0
  [ "$n" != 100000 ] || events=400000
  [ -e "$data/$n/list.json" ] || python3 "$here/rbac_data.py" "$n" "$data/$n" "$events"
done
run() { # NAME COMMAND…: wall clock and largest resident set, best of three
  name=$1
  shift
  best=
  for _ in 1 2 3; do
    command time -f '%e %M' -o "$data/time" "$@" > /dev/null 2> "$data/errors" || true
    line=$(tail -1 "$data/time")
    if [ -z "$best" ] || [ "$(printf '%s\n%s\n' "$line" "$best" | sort -n | head -1)" = "$line" ]; then best=$line; fi
  done
  echo "$name: $best" | awk '{printf "%-44s %7.2f s %6.0f MB\n", substr($0, 1, index($0, ": ") - 1), $(NF-1), $NF / 1024}'
}
big=$data/100000
run "load, YAML documents" "$seawall" rbac can-i get pods --as u -q -f "$big/docs.yaml"
run "load, one YAML List" "$seawall" rbac can-i get pods --as u -q -f "$big/list.yaml"
run "load, JSON" "$seawall" rbac can-i get pods --as u -q -f "$big/list.json"
run "a million questions (JSON policy)" "$seawall" rbac can-i --questions "$big/questions.jsonl" -f "$big/list.json"
run "who-can (JSON policy)" "$seawall" rbac who-can create pods --subresource exec -A -f "$big/list.json"
for n in 1000 10000 100000; do
  run "risks, $n bindings (JSON in and out)" "$seawall" rbac risks -f "$data/$n/list.json" -o json
done
stat -c %s "$big/audit.log" | awk '{printf "audit log: %.0f MB\n", $1 / 1e6}'
run "learn" "$seawall" rbac learn --audit-log "$big/audit.log" --names 1 -q
run "review, 1000 bindings" "$seawall" rbac review -f "$data/1000/list.json" --audit-log "$big/audit.log" -q
rm -f "$data/state"
"$seawall" rbac review -f "$data/1000/list.json" --audit-log "$big/audit.log" -q --state "$data/state" > /dev/null || true
stat -c %s "$data/state" | awk '{printf "state: %.0f MB\n", $1 / 1e6}'
run "review, the log is known" "$seawall" rbac review -f "$data/1000/list.json" --audit-log "$big/audit.log" -q --state "$data/state"
