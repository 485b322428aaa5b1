set(tomlplusplus_FOUND TRUE)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED GLOBAL)
target_include_directories(tomlplusplus::tomlplusplus SYSTEM INTERFACE ${POOLBUGS_CROSS}/include)
