# Read by the scripts that build for another platform, after ci/lib.sh.
# shellcheck shell=sh

# What ccache must not look at, or a precompiled header would never be found.
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_NOHASHDIR=1

# Builds for a target whose toolchain file lies beside this one.
# cross_build TARGET [CMAKE-TARGET…]
cross_build() {
  ci/cross.d/prepare >/dev/null
  build "$@"
}
