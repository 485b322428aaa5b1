# Targets beside the programs: cases.AREA builds those of one area, and what
# tells another poolbugs of a build that is not for the machine it is made on.
get_property(case_targets DIRECTORY PROPERTY BUILDSYSTEM_TARGETS)
list(FILTER case_targets INCLUDE REGEX "^case\\.[a-z]+\\.")
set(case_areas ${case_targets})
list(TRANSFORM case_areas REPLACE "^case\\.([a-z]+)\\..*$" "\\1")
list(REMOVE_DUPLICATES case_areas)
foreach(area IN LISTS case_areas)
  set(of_area ${case_targets})
  list(FILTER of_area INCLUDE REGEX "^case\\.${area}\\.")
  add_custom_target(cases.${area} DEPENDS ${of_area})
endforeach()

# Static programs are position independent in a way of their own: after -pie they
# would want the target's dynamic loader, and -static asks for other start files.
if(POOLBUGS_STATIC_PIE)
  set(CMAKE_CXX_LINK_OPTIONS_PIE -fPIE -static-pie)
endif()

if(CMAKE_CROSSCOMPILING)
  add_executable(case_features common/features.cpp)
  set_target_properties(case_features PROPERTIES OUTPUT_NAME features
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/cases)
  target_link_libraries(case_features PRIVATE case_platform)
  foreach(area IN LISTS case_areas)
    add_dependencies(cases.${area} case_features)
  endforeach()
  # The kernel may or may not run programs of this processor itself.
  if(POOLBUGS_FALLBACK_EMULATOR)
    set(probe ${PROJECT_BINARY_DIR}/runs_here)
    file(WRITE ${probe}.cpp "int main() {}\n")
    try_compile(compiles ${PROJECT_BINARY_DIR} ${probe}.cpp
      LINK_OPTIONS -static COPY_FILE ${probe})
    if(NOT compiles)
      message(FATAL_ERROR "${CMAKE_CXX_COMPILER} cannot make ${probe}")
    endif()
    execute_process(COMMAND ${probe} RESULT_VARIABLE ended ERROR_QUIET)
    if(NOT ended STREQUAL 0)
      message(STATUS "not run here, but by ${POOLBUGS_FALLBACK_EMULATOR}: ${probe}")
      set(CMAKE_CROSSCOMPILING_EMULATOR ${POOLBUGS_FALLBACK_EMULATOR})
    endif()
  endif()
  set(emulator "")
  foreach(word IN LISTS CMAKE_CROSSCOMPILING_EMULATOR)
    string(APPEND emulator "'${word}', ")
  endforeach()
  set(needs "")
  set(peer "")
  if(WIN32)
    set(needs "'wine', 'wineserver'")
    set(peer "'${CMAKE_CURRENT_BINARY_DIR}/wine-peer'")
    configure_file(${PROJECT_SOURCE_DIR}/ci/cross.d/wine-peer wine-peer COPYONLY)
  endif()
  file(CONFIGURE OUTPUT target.toml CONTENT
"# Written by CMake: how the programs beside this file run where they were built,
# what must be on PATH for that, and how they run within another program's run.
emulator = [@emulator@]
needs    = [@needs@]
peer     = [@peer@]
suffix   = '@CMAKE_EXECUTABLE_SUFFIX@'
" @ONLY)
endif()
