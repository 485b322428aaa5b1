#!/bin/sh
# Every look-alike and every test that platform/PROOF.md names exists: the
# words of the last two columns of its tables, and elsewhere in backticks what
# looks like one (several_words, Suite.Name). Prints those that do not.
# shellcheck disable=SC2016  # backticks of Markdown
set -eu
cd "$(dirname -- "$0")/../.."
page=platform/PROOF.md

look_alikes() {
  cat harness/plants/look_alikes/*.cpp |
    grep -oE '^ +\{"[a-z0-9_]+", *("|$)' | cut -d '"' -f 2
}
tests() {
  cat platform/*_test.cpp harness/plants/look_alikes/*_test.cpp | tr '\n' ' ' |
    grep -oE '\bTEST(_F|_P)?\( *[A-Za-z]+, *[A-Za-z0-9]+' |
    sed 's/^.*( *//; s/, */./'
}
in_backticks() { grep -oE '`[^`]+`' | tr -d '`'; }
named_look_alikes() {
  { grep -oE '`[a-z0-9]+(_[a-z0-9]+)+`' "$page"
    grep '^|.*`' "$page" | cut -d '|' -f 5 | grep -oE '`[^`]+`'; } |
    in_backticks
}
named_tests() {
  { grep -oE '`[A-Z][A-Za-z]+\.[A-Z][A-Za-z0-9]+`' "$page"
    grep '^|.*`' "$page" | cut -d '|' -f 6 | grep -oE '`[^`]+`'; } |
    in_backticks
}
# $1 without $2, which are functions.
missing() {
  have=$("$2")
  "$1" | sort -u | while IFS= read -r name; do
    printf '%s\n' "$have" | grep -qxF -e "$name" || echo "$page: no $3 $name"
  done
}

found=$(missing named_look_alikes look_alikes look-alike
  missing named_tests tests test)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
[ "$(named_look_alikes | wc -l)" -gt 50 ] && [ "$(named_tests | wc -l)" -gt 20 ]
