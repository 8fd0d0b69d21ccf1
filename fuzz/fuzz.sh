#!/usr/bin/env bash
# fuzz.sh [TARGET [SECONDS]]: runs one libFuzzer target, or every one in turn (60 s each unless told). Called by `./run fuzz`.
# RUNS=N bounds a target by executions instead of time.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
only=${1:-}; seconds=${2:-60}; found=0
for source in fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  [ -z "$only" ] || [ "$only" = "$name" ] || [ "${only}_fuzz" = "$name" ] || continue
  found=1
  work=build/fuzz-corpus/$name; mkdir -p "$work" build/fuzz-artifacts
  if [ -n "${RUNS:-}" ]; then bound=(-runs="$RUNS"); else bound=(-max_total_time="$seconds"); fi
  log=build/fuzz-artifacts/$name.log
  if ! "build/fuzz/fuzz/$name" "${bound[@]}" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build/fuzz-artifacts/$name-" "$work" "fuzz/corpus/${name%_fuzz}" > "$log" 2>&1; then
    tail -40 "$log"; echo "$name: a crash, its input lies in build/fuzz-artifacts/" >&2; exit 1
  fi
  printf '%-24s %12s executions  %8s a second\n' "$name" "$(awk '/number_of_executed_units/{print $2}' "$log")" \
    "$(awk '/average_exec_per_sec/{print $2}' "$log")"
done
[ $found = 1 ] || { echo "fuzz.sh: there is no target '$only'" >&2; exit 2; }
