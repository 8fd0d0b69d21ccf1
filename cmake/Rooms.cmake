# A room is a folder of src/: one static library, and one test program of its *_test.cc files.
#   seawall_room(NAME [USES room…] [LINK library…])
# USES names the rooms below it; tests/includes_test.cmake fails when an include goes up.
function(seawall_room name)
  cmake_parse_arguments(arg "" "" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM arg_USES PREPEND "room_")
  add_library(room_${name} STATIC ${sources})
  target_link_libraries(room_${name} PUBLIC seawall_flags ${arg_USES} ${arg_LINK})
  set_target_properties(room_${name} PROPERTIES LINKER_LANGUAGE CXX)
  if(SEAWALL_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE room_${name} GTest::gtest GTest::gtest_main)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 120 LABELS unit
      ENVIRONMENT "SEAWALL_SOURCE=${CMAKE_SOURCE_DIR};SEAWALL_PROGRAM=$<TARGET_FILE:seawall>")
  endif()
endfunction()
