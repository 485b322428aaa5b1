set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)
set(CMAKE_CXX_COMPILER i686-linux-gnu-g++)
set(CMAKE_C_COMPILER i686-linux-gnu-gcc)
set(CMAKE_FIND_ROOT_PATH /usr/i686-linux-gnu)
# A kernel without CONFIG_IA32_EMULATION runs none of its programs.
set(POOLBUGS_FALLBACK_EMULATOR qemu-i386-static)
# Programs run on a machine without the target's libc, and are position
# independent nevertheless: cases/targets.cmake links them so.
set(POOLBUGS_STATIC_PIE ON)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
