set(pugixml_FOUND TRUE)
add_library(pugixml::pugixml INTERFACE IMPORTED GLOBAL)
target_include_directories(pugixml::pugixml SYSTEM INTERFACE ${POOLBUGS_CROSS}/include)
target_compile_definitions(pugixml::pugixml INTERFACE PUGIXML_HEADER_ONLY)
