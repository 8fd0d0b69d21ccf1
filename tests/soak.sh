#!/usr/bin/env bash
# soak.sh [SECONDS]: the tests that need longer than CI has. Called by `./run soak`; its last result is kept in docs/soak.md.
#   every fuzz target for SECONDS each (600 unless told), then the public hostile corpora where SEAWALL_CORPORA names them,
#   then the whole table of planted mistakes on the test bed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
seconds=${1:-600}
date -u +'%Y-%m-%d'
echo "fuzzing, $seconds s a target:"
cmake --preset fuzz >/dev/null; cmake --build --preset fuzz >/dev/null
fuzz/fuzz.sh "" "$seconds"
if [ -n "${SEAWALL_CORPORA:-}" ]; then
  echo "public corpora:"
  cmake --preset asan -DSEAWALL_CORPORA="$SEAWALL_CORPORA" >/dev/null; cmake --build --preset asan >/dev/null
  ctest --preset asan -R 'Corpora' | tail -4
fi
echo "harden killed or failed at every system call; a million random edits:"
SEAWALL_FAULTS=all build/asan/tests/program_test --gtest_filter='HardenFaults*:PowerLoss*' | grep -E 'points|states|PASSED|FAILED'
SEAWALL_EDIT_CASES=1000000 build/asan/src/harden_test --gtest_filter='Property*' | tail -1
echo "three control planes, the whole recipe, over SSH, killed in the middle:"
SEAWALL_HARDEN=all build/asan/tests/bed/bed_harden_nodes_test | tail -3
build/asan/tests/bed/bed_harden_etcd_pods_test | tail -3
echo "the whole test run, three times:"
for _ in 1 2 3; do ctest --preset asan | grep 'tests passed'; done
