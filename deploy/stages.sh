# Sourced by the scripts that people start (tests/run.sh, deploy/demo.sh), in the repository's root.
# Runs named stages, keeps a log of each, stops at the first that fails, and tells how long each took.

stage_logs=build/log
stage_table=()
stages_started=$SECONDS

# stage NAME "what it does" COMMAND...
stage() {
  local name=$1 what=$2 log=$stage_logs/$1.log started=$SECONDS status
  shift 2
  mkdir -p "$stage_logs"
  printf '== %s: %s\n' "$name" "$what"
  # In a subshell with -e of its own and not as a condition, so that a function stops at its first error.
  set +e
  (set -e; "$@") 2>&1 < /dev/null | tee "$log"
  status=${PIPESTATUS[0]}
  set -e
  stage_table+=("$(printf '%-10s %7s  %s' "$name" "$(minutes $((SECONDS - started)))" "$what")")
  [ "$status" -ne 0 ] || return 0
  print_stages
  printf '\nFAILED in stage %s, exit code %d. Its output: %s\n' "$name" "$status" "$PWD/$log" >&2
  exit 1
}

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

print_stages() {
  printf '\n%-10s %7s\n' stage minutes
  printf '%s\n' "${stage_table[@]}"
  printf '%-10s %7s\n' all "$(minutes $((SECONDS - stages_started)))"
}

# build PRESET [TARGET...]: of ninja's progress (`[50/800] Building...`), every fiftieth line and the last.
build() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" --log-level=WARNING
  ninja -C "build/$preset" -j "$(nproc)" "$@" |
    sed -u -n -E '/^\[/!p; /^\[[0-9]*[05]0\/|^\[([0-9]+)\/\1\]/p'
}
