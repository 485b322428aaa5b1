set(fmt_FOUND TRUE)
add_library(fmt::fmt INTERFACE IMPORTED GLOBAL)
target_include_directories(fmt::fmt SYSTEM INTERFACE ${POOLBUGS_CROSS}/include)
target_compile_definitions(fmt::fmt INTERFACE FMT_HEADER_ONLY)
