# From the moment at which a tree is stuck for ever to the verdict. Read by
# ci/benchmark.
# shellcheck shell=sh disable=SC2154

compile hangs
deadlocks=$root/build/release/plants/deadlocks
samples=${full:+10}
: "${samples:=3}"

# Every deadlock as a case: what `run` says of it.
cases=$work/deadlocks/cases/lifecycle
programs=$work/deadlocks/programs/lifecycle
"$deadlocks" | {
  number=9000
  while read -r name cause rest; do
    slug=$(echo "$name" | tr _ -)
    mkdir -p "$cases/$slug" "$programs/$slug"
    sed -e "s/PB-9999/PB-$((number += 1))/" -e "s/^broken = .*/broken = \"hang: $cause\"/" \
      "$sources/cases/lifecycle/nothing/case.md" >"$cases/$slug/case.md"
    for program in broken fixed; do
      cp "$sources/cases/lifecycle/nothing/$program.cpp" "$cases/$slug/"
    done
    printf '#!/bin/sh\nexec "%s" "%s"\n' "$deadlocks" "$name" >"$programs/$slug/broken"
    chmod +x "$programs/$slug/broken"
    cp "$nothing" "$programs/$slug/fixed"
  done
}

"$work/hangs" "$samples" "$bench" "$deadlocks" "$poolbugs" watch --keep \
  >"$work/watch-verdict"
"$work/hangs" $(((samples + 2) / 3)) "$bench" "$deadlocks" "$poolbugs" watch \
  >"$work/watch-told"
# journal NAME ARGUMENT…: seconds of each run that hangs, or none
journal() {
  name=$1
  shift
  status=0
  "$poolbugs" run --program broken --json "$work/$name.jsonl" "$@" \
    >"$work/output" 2>&1 || status=$?
  [ $status -le 1 ] || { cat "$work/output" >&2 && exit 1; }
  grep '"outcome":"hang"' "$work/$name.jsonl" |
    sed -E '/"grade":"proven"/!s/"seconds":[0-9.e+-]+/"seconds":none/;
      s/.*"case":"([^"]*)".*"seconds":([^,}]*).*/\1 \2/' >"$work/$name"
}
journal run-deadlocks --repeat "$samples" --cases "$work/deadlocks/cases" \
  --programs "$work/deadlocks/programs"
journal run-corpus --repeat "$samples"

# proof_row NAME WHAT
proof_row() {
  grep -v ' none$' "$work/$1" >"$work/proved" || true
  unproved=$(grep -c ' none$' "$work/$1") || true
  quantiles "$work/proved" 2 | awk -v what="$2" -v unproved="$unproved" \
    '{ printf "| %s | %s | %s | %s | %d | %d |\n", what, $1, $2, $3, $4, unproved }'
}

cat <<END

From the moment at which a tree is stuck to the verdict, in seconds (goal: median
0.1, 99th percentile 0.3). Of \`run\` from the start of the program until its tree
has been ended, with its stacks: an upper bound.

| | median | p99 | most | proved | not proved |
|---|---|---|---|---|---|
END
proof_row watch-verdict "deadlocks, \`watch --keep\`: stuck to verdict"
proof_row watch-told "deadlocks, \`watch\`: stuck to stacks taken and explained"
proof_row run-deadlocks "deadlocks, \`run\`: start to end of tree"
proof_row run-corpus "the corpus' hangs, \`run\`: start to end of tree"
for name in watch-verdict watch-told run-deadlocks run-corpus; do
  grep ' none$' "$work/$name" | sort | uniq -c | awk -v name=$name '
    { printf "%s%s (%d times)", NR == 1 ? "\nNot proved, " name ": " : ", ", $2, $1 }
    END { if (NR) print "" }'
done
