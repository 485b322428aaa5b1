# A build from nothing, and the whole corpus. Read by ci/benchmark.
# shellcheck shell=sh disable=SC2154

fresh=$root/build/from-nothing
rm -rf "$fresh"
# shellcheck disable=SC2016  # $1 is for the inner shell
sample build "$bench" measure sh -c \
  'cmake --preset release -B "$1" && cmake --build "$1"' sh "$fresh"
sample from-nothing "$bench" measure "$fresh/poolbugs" run
rm -rf "$fresh"
echo
echo "$(column build 1) $(column build 2) $(column build 3)" \
  "$(column from-nothing 1) $(column from-nothing 2) $(column from-nothing 3)" | awk '{
    printf "Build from nothing: %.0f s (CPU %.0f s). ", $1, $4 + $7
    printf "Whole corpus: %.1f s (CPU %.1f s).\n", $10, $13 + $16
  }'
