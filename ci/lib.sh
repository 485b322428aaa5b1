# Read by the scripts beside it: where the clone is, and how it is built.
# shellcheck shell=sh

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root" || exit

# What ccache must not look at, or a precompiled header would never be found;
# and clones share what does not depend on where they are.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_NOHASHDIR=1
export CCACHE_BASEDIR="$root"

# Configures build/PRESET if that was not done, and builds what changed.
# build PRESET [TARGET…]
build() {
  preset=$1
  shift
  if [ ! -e "build/$preset/build.ninja" ] ||
    [ "$(find CMakePresets.json -newer "build/$preset/CMakeCache.txt")" ]; then
    # A coverage count names the file that it was compiled from.
    launcher=
    if [ "$preset" = release ] && command -v ccache >/dev/null; then
      launcher=-DCMAKE_CXX_COMPILER_LAUNCHER=ccache
    fi
    cmake --preset "$preset" $launcher
  fi
  if [ $# -gt 0 ]; then
    cmake --build --preset "$preset" --target "$@"
  else
    cmake --build --preset "$preset"
  fi
}
