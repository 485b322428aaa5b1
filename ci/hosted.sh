# Read after ci/lib.sh by what hosted jobs run: results for the last job, and
# what a hosted runner must be told first.
# shellcheck shell=sh

# Where a job leaves its journals, each under a name of its own.
results=${root:?ci/lib.sh comes first}/build/results
mkdir -p "$results"

# On Ubuntu 24.04 the user namespaces of a user get no rights
# (actions/runner-images#10443), so the full sandbox cannot mount anything.
# This switch gives them back (google/nsjail#236). It is one of the whole
# machine: nobody but a hosted runner is asked to change it.
allow_namespaces() {
  switch=kernel.apparmor_restrict_unprivileged_userns
  if [ "${GITHUB_ACTIONS-}" = true ] &&
    [ -e "/proc/sys/$(echo $switch | tr . /)" ]; then
    sudo sysctl -w "$switch=0"
  fi
}

# Unit tests and corpus of a build; the journal is NAME.jsonl.
# test_and_run FOLDER NAME [ARGUMENT OF poolbugs run…]
test_and_run() {
  folder=$1
  name=$2
  shift 2
  failed=0
  ctest --test-dir "$folder" -L unit -j 2 --output-on-failure || failed=1
  "$folder/poolbugs" run --json "$results/$name.jsonl" \
    --junit "$results/$name.xml" "$@" || failed=1
  return "$failed"
}
