set(nlohmann_json_FOUND TRUE)
add_library(nlohmann_json::nlohmann_json INTERFACE IMPORTED GLOBAL)
target_include_directories(nlohmann_json::nlohmann_json SYSTEM INTERFACE ${POOLBUGS_CROSS}/include)
