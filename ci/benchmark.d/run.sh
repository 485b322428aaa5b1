# What a run costs beside the program itself: programs that do nothing, two at a
# time, by poolbugs in both sandboxes, by ctest, and by bare loops of posix_spawn
# and wait. Read by ci/benchmark.
# shellcheck shell=sh disable=SC2154

runs=500
mkdir -p "$work/programs/lifecycle/nothing" "$work/tests"
for program in broken fixed; do
  cp "$nothing" "$work/programs/lifecycle/nothing/$program"
done
i=0
while [ $((i += 1)) -le $runs ]; do
  echo "add_test([==[nothing.$i]==] [==[$nothing]==])"
done >"$work/tests/CTestTestfile.cmake"

# poolbugs_run REPETITIONS [ARGUMENT…]
poolbugs_run() {
  repetitions=$1
  shift
  "$bench" measure "$poolbugs" run --cases "$sources/cases" \
    --programs "$work/programs" --program fixed --jobs 2 \
    --repeat "$repetitions" "$@"
}
ctest_run() { (cd "$work/tests" && "$bench" measure ctest -j 2); }

# Once for warm caches, and a journal of finished runs.
poolbugs_run $runs --json "$work/done.jsonl" >"$work/output" 2>&1
i=0
while [ $((i += 1)) -le "$repeats" ]; do
  sample loop "$bench" measure "$bench" loop $runs "$nothing"
  sample loops "$bench" measure "$bench" loops $runs "$nothing"
  sample group poolbugs_run $runs --sandbox group
  sample full poolbugs_run $runs --sandbox full
  sample ctest ctest_run
  sample group-1 poolbugs_run 1 --sandbox group
  sample full-1 poolbugs_run 1 --sandbox full
  sample report poolbugs_run $runs --resume "$work/done.jsonl"
done

# row NAME WHAT
row() {
  echo "$(column "$1" 1) $(column "$1" 2) $(column "$1" 3)" \
    "$(column loop 1) $(column loops 1) $(column ctest 1)" | awk -v what="$2" -v runs=$runs '{
      per_run = 1000 / runs
      printf "| %s | %.2f | %.2f to %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |\n",
        what, $1 * per_run, $2 * per_run, $3 * per_run, $1 / $10, $1 / $13,
        $1 / $16, $4 * per_run, $7 * per_run
    }'
}

cat <<END

$runs runs of a program that does nothing, two at a time; $repeats repeats of each,
taking turns. Milliseconds a run; user and system are CPU time of all processes.

| | median | least to most | × one loop | × two loops | × ctest | user | system |
|---|---|---|---|---|---|---|---|
END
row loop "posix_spawn and wait, one loop"
row loops "posix_spawn and wait, two loops"
row group "poolbugs run --sandbox group"
row full "poolbugs run --sandbox full"
row ctest "ctest -j2"

cat <<END

Where the time of \`poolbugs run\` goes, milliseconds in all, median:

| | group | full |
|---|---|---|
END
echo "$(column group-1 1) $(column full-1 1) $(column report 1)" \
  "$(column group 1) $(column full 1)" | awk -v runs=$runs '{
    group_start = $1 * 1000; full_start = $4 * 1000
    report = $7 * 1000 - full_start
    if (report < 0) report = 0
    printf "| start: manifests, opening and trying the sandbox, one run | %.0f | %.0f |\n",
      group_start, full_start
    printf "| records of %d runs: reading a journal of them, summary | %.0f | %.0f |\n",
      runs, report, report
    printf "| the rest: sandbox, program, watching, judging | %.0f | %.0f |\n",
      $10 * 1000 - group_start - report, $13 * 1000 - full_start - report
  }'
