# macOS by zig, which brings clang, a linker, libc++ and Apple's public headers;
# no frameworks. Of macOS nothing runs here: there is no emulator.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_CXX_COMPILER ${CMAKE_CURRENT_LIST_DIR}/zig-c++)
set(CMAKE_C_COMPILER ${CMAKE_CURRENT_LIST_DIR}/zig-cc)
set(CMAKE_AR ${CMAKE_CURRENT_LIST_DIR}/zig-ar)
set(CMAKE_RANLIB ${CMAKE_CURRENT_LIST_DIR}/zig-ranlib)
set(CMAKE_CXX_COMPILER_TARGET ${CMAKE_SYSTEM_PROCESSOR}-macos)
set(CMAKE_C_COMPILER_TARGET ${CMAKE_SYSTEM_PROCESSOR}-macos)
# CMake wants one for installing, which nobody does.
set(CMAKE_INSTALL_NAME_TOOL install_name_tool)
# There is no macOS here to take a sysroot from.
set(CMAKE_OSX_SYSROOT "" CACHE STRING "")
set(CMAKE_OSX_DEPLOYMENT_TARGET "" CACHE STRING "")
# zig 0.11 makes none.
set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
include(${CMAKE_CURRENT_LIST_DIR}/common.cmake)
if(POOLBUGS_CCACHE)
  # By the name it would not know what it is, and by the time of a script that
  # is new in every clone it would know nothing again.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_COMPILERTYPE=clang
    CCACHE_COMPILERCHECK=content
    CCACHE_EXTRAFILES=${CMAKE_CURRENT_LIST_DIR}/../macos.d/package.json
    ${POOLBUGS_CCACHE})
endif()
