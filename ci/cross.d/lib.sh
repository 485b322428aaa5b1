# Read by the scripts that build for another platform, after ci/lib.sh.
# shellcheck shell=sh

# Builds for a target whose toolchain file lies beside this one.
# cross_build TARGET [CMAKE-TARGET…]
cross_build() {
  ci/cross.d/prepare >/dev/null
  build "$@"
}
