set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
# Programs run on a machine without the target's libc, and are position
# independent nevertheless: cases/targets.cmake links them so.
set(POOLBUGS_STATIC_PIE ON)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
