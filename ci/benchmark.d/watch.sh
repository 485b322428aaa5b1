# Slowdown of busy jobs under poolbugs watch. Read by ci/benchmark.
# shellcheck shell=sh disable=SC2154

turns=${full:+9}
: "${turns:=5}"
size=${full:+3} # times as long
: "${size:=1}"

files=$work/files
mkdir -p "$files"
i=0
while [ $((i += 1)) -le 40 ]; do
  cat >"$files/$i.c" <<END
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int f$i(const char *text) { return (int)strlen(text) * $i + atoi(text); }
void g$i(void) { printf("%d\\n", f$i("$i")); }
END
done
cat >"$work/compile" <<END
#!/bin/sh
# As a build does: two compilers at a time, again and again.
i=0
while [ \$((i += 1)) -le $((2 * size)) ]; do
  printf '%s\\n' "$files"/*.c | xargs -n 1 -P 2 cc -O1 -c -o /dev/null || exit
done
END
chmod +x "$work/compile"
compile_job() { "$@" "$work/compile"; }
spawn_job() { "$@" "$bench" loops $((6000 * size)) "$nothing"; }
spin_job() { "$@" "$bench" spin $((1500 * size)); }
nothing_job() { "$@" "$nothing"; }

# In turns, and each first every other time.
i=0
while [ $((i += 1)) -le $((2 * turns)) ]; do
  for job in compile spawn spin; do
    if [ $((i % 2)) = 0 ]; then
      sample $job ${job}_job "$bench" measure
      sample $job-watched ${job}_job "$bench" measure "$poolbugs" watch --
    else
      sample $job-watched ${job}_job "$bench" measure "$poolbugs" watch --
      sample $job ${job}_job "$bench" measure
    fi
  done
done
i=0
while [ $((i += 1)) -le 100 ]; do
  sample start nothing_job "$bench" measure
  sample start-watched nothing_job "$bench" measure "$poolbugs" watch --
done
started=$(echo "$(column start-watched 1) $(column start 1)" | awk '{ print $1 - $4 }')

# watch_row NAME WHAT: the startup is not in it
watch_row() {
  paste -d ' ' "$work/seconds/$1" "$work/seconds/$1-watched" |
    awk -v started="$started" '{ print ($5 - started) / $1 }' >"$work/seconds/$1-ratio"
  echo "$(column "$1" 1) $(column "$1-watched" 1) $(column "$1-ratio" 1)" \
    "$(column "$1-watched" 4) $(wc -l <"$work/seconds/$1")" |
    awk -v what="$2" '{
      printf "| %s | %.2f | %.2f | %+.2f %% | %+.2f %% to %+.2f %% | %.2f %% | %d |\n", what,
        $1, $4, ($7 - 1) * 100, ($8 - 1) * 100, ($9 - 1) * 100, $10 / $4 * 100, $13
    }'
}

cat <<END

Busy jobs without and under \`poolbugs watch\`, in turns, two processes or threads at
a time (goal: slowdown under 1 %). The slowdown is the median of the pairs' ratios,
without the start of \`watch\`; its own CPU time is in parts of the wall time.

| job | alone, s | watched, s | slowdown | least to most | CPU of watch | pairs |
|---|---|---|---|---|---|---|
END
watch_row compile "40 small C files compiled, $((2 * size)) times"
watch_row spawn "$((6000 * size)) programs that do nothing"
watch_row spin "two loops"
echo
echo "$started $(column start 1) $(column start-watched 1)" | awk '{
  printf "Start and end of `watch`: %.1f ms (%.1f instead of %.1f, median of 100).\n",
    $1 * 1000, $5 * 1000, $2 * 1000 }'
