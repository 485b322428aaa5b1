# CPU time of a snapshot by threads in the tree. Read by ci/benchmark.
# shellcheck shell=sh disable=SC2154

compile snapshot
snapshots=${full:+10}
: "${snapshots:=3}"
"$work/snapshot" "$snapshots" >"$work/snapshots"

cat <<END

Cost of one snapshot: \`read_facts\`, that is two readings of every thread and all
that is read between them. CPU time in µs a thread; half of it is one reading's
(goal: linear, under 20 a thread).

| tree | threads | median | p99 | half the median | snapshots | disturbed |
|---|---|---|---|---|---|---|
END
for shape in threads processes; do
  what="one process, waiting for a condition"
  [ $shape = threads ] || what="processes of one thread, reading a pipe"
  for threads in 1 10 100 1000; do
    grep "^$shape $threads " "$work/snapshots" >"$work/some"
    disturbed=$(grep -c disturbed "$work/some") || true
    quantiles "$work/some" 3 1e6 | awk -v what="$what" -v n=$threads -v d="$disturbed" \
      '{ printf "| %s | %d | %.1f | %.1f | %.1f | %d | %d |\n", what, n, $1 / n, $2 / n, $1 / n / 2, $4, d }'
  done
done
