# Read by the scripts beside it: where the clone is, and how it is built.
# shellcheck shell=sh

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root" || exit

# Configures build/PRESET if that was not done, and builds what changed.
# build PRESET [TARGET…]
build() {
  preset=$1
  shift
  if [ ! -e "build/$preset/build.ninja" ] ||
    [ "$(find CMakePresets.json -newer "build/$preset/CMakeCache.txt")" ]; then
    cmake --preset "$preset"
  fi
  if [ $# -gt 0 ]; then
    cmake --build --preset "$preset" --target "$@"
  else
    cmake --build --preset "$preset"
  fi
}
