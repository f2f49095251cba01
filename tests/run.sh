#!/usr/bin/env bash
# Installs what is missing, builds everything and runs all tests; stops at the first error and names
# its stage and log. Run as root on Debian 12: the end-to-end tests make network namespaces.
#
#   tests/run.sh                      all stages
#   tests/run.sh --stage NAME...      only these
#   tests/run.sh --list               the stages, in their order
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/stages.sh

jobs=$(nproc)
results=()  # ctest's closing line of each test stage

# Of the tests that pass, every fiftieth and those of 5 s or more. Everything is in build/log/NAME.ctest.
run_ctest() {
  local preset=$1 name=$2
  shift 2
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --timeout 300 \
    --output-log "build/log/$name.ctest" "$@" |
    sed -u -E '/^ +Start +[0-9]+:/d; / Passed +[0-4]\.[0-9]+ sec/{/^ *[0-9]*[05]0\//!d}'
}

# check PRESET NAME what ctest-arguments...
check() {
  local preset=$1 name=$2 what=$3
  shift 3
  stage "$name" "$what" run_ctest "$preset" "$name" "$@"
  results+=("$(printf '%-12s %s' "$name" "$(grep 'tests passed' "build/log/$name.log")")")
}

stage_packages() { stage packages "Debian packages" deploy/install-packages.sh; }

stage_dev() { stage dev "build with g++" build dev; }
stage_unit() { check dev unit "unit tests and the house's rules" -j "$jobs" -LE 'e2e|scenarios'; }
# End-to-end stories wait more than they compute, but share two cores: two side by side.
stage_e2e() { check dev e2e "end-to-end tests" -j 2 -L e2e; }

stage_asan() { stage asan "build with clang, address and undefined behaviour sanitizers" build asan; }
stage_asan-unit() {
  check asan asan-unit "unit tests under these" -j "$jobs" -LE 'e2e|house|scenarios'
}

stage_tsan() { stage tsan "build cores and base with clang, thread sanitizer" build tsan; }
stage_tsan-unit() {
  check tsan tsan-unit "unit tests of cores and base under it" -j "$jobs" -LE 'e2e|house|scenarios'
}

# Optimised: 20 seeds of every scenario that holds, fewer of the long ones.
stage_release() { stage release "build the simulation, optimised" build release dialtone; }
stage_scenarios() { check release scenarios "scenarios" -j "$jobs" -L scenarios; }

all_stages=(packages dev unit e2e asan asan-unit tsan tsan-unit release scenarios)

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; }

chosen=()
case ${1-} in
  '') chosen=("${all_stages[@]}") ;;
  --stage) shift; chosen=("$@") ;;
  --list) printf '%s\n' "${all_stages[@]}"; exit 0 ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; printf '\nunknown argument: %s\n' "$1" >&2; exit 2 ;;
esac
for name in "${chosen[@]}"; do
  [[ " ${all_stages[*]} " == *" $name "* ]] || {
    printf 'no stage named "%s"; stages: %s\n' "$name" "${all_stages[*]}" >&2
    exit 2
  }
done

# Sanitizer reports: with stacks, and any report is a failure.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1

for name in "${chosen[@]}"; do "stage_$name"; done
print_stages
[ ${#results[@]} -eq 0 ] || printf '%s\n' '' "${results[@]}"
