# Wall time of the corpus, with proofs and without. Read by ci/benchmark.
# shellcheck shell=sh disable=SC2154

turns=${full:+5}
: "${turns:=2}"
# Whatever came of the promises: without a proof their causes are not known.
corpus_run() {
  # shellcheck disable=SC2016  # for the inner shell
  "$bench" measure sh -c '"$@" || [ $? = 1 ]' sh "$poolbugs" run "$@"
}
i=0
while [ $((i += 1)) -le "$turns" ]; do
  sample corpus corpus_run --json "$work/corpus-$i.jsonl"
  sample corpus-without corpus_run --no-proof --json "$work/without-$i.jsonl"
done

# corpus_row NAME WHAT JOURNAL
corpus_row() {
  echo "$(column "$1" 1) $(column "$1" 2) $(column "$1" 3)" \
    "$(grep -c '"outcome"' "$work/$3-1.jsonl")" \
    "$(grep -c '"outcome":"hang"' "$work/$3-1.jsonl")" \
    "$(grep -c '"grade":"proven"' "$work/$3-1.jsonl" || true)" |
    awk -v what="$2" '{
      printf "| %s | %.2f | %.2f to %.2f | %.2f | %d | %d | %d |\n", what, $1, $2, $3,
        $4 + $7, $10, $11, $12
    }'
}

cat <<END

The whole corpus, $turns times in turns, in seconds.

| | wall, median | least to most | CPU | records | hangs | proved |
|---|---|---|---|---|---|---|
END
corpus_row corpus "\`poolbugs run\`" corpus
corpus_row corpus-without "\`poolbugs run --no-proof\`" without
