# A room is a folder of src/: one static library, and one test program of its *_test.cc files.
#   seawall_room(NAME [SMALL] [USES room…] [LINK library…])
# USES names the rooms below it; tests/includes_test.cmake fails when an include goes up.
# SMALL: no time is spent there, so that the release is compiled for size.
# One precompiled header for every room and one for every test: most of a unit's compile time is the C++ library's. A
# compiler takes no header that was made for another aim, so that small rooms have their own.
foreach(precompiled seawall_precompiled seawall_precompiled_small)
  add_library(${precompiled} OBJECT EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/cmake/precompiled.cc)
  target_link_libraries(${precompiled} PRIVATE seawall_flags)
  target_compile_options(${precompiled} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  target_precompile_headers(${precompiled} PRIVATE <algorithm> <expected> <functional> <map> <memory> <optional> <set>
    <span> <string> <string_view> <vector> <fmt/format.h>)
endforeach()
set(seawall_for_size $<$<CONFIG:Release>:-Os>)
target_compile_options(seawall_precompiled_small PRIVATE ${seawall_for_size})

# ccache understands the driver's own option. (Not so for making the header: clang writes this folder's name into it, and
# another checkout must not be given it, because this one may be gone by then.)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)
endif()

function(seawall_precompile target)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  if("SMALL" IN_LIST ARGN AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE ${seawall_for_size})
    target_precompile_headers(${target} REUSE_FROM seawall_precompiled_small)
  else()
    target_precompile_headers(${target} REUSE_FROM seawall_precompiled)
  endif()
endfunction()

# What rapidjson does wrong is not ours; for the targets whose sources include it.
function(seawall_ignore_rapidjson target)
  if(SEAWALL_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitizers.ignore)
  endif()
endfunction()

function(seawall_room name)
  cmake_parse_arguments(arg "SMALL" "" "USES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/(main|allocation)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT SEAWALL_CORPORA)
    list(FILTER tests EXCLUDE REGEX "/corpora_test\\.cc$")
  endif()
  list(TRANSFORM arg_USES PREPEND "room_")
  add_library(room_${name} STATIC ${sources})
  target_link_libraries(room_${name} PUBLIC seawall_flags ${arg_USES} ${arg_LINK})
  set_target_properties(room_${name} PROPERTIES LINKER_LANGUAGE CXX)
  if(arg_SMALL)
    seawall_precompile(room_${name} SMALL)
  else()
    seawall_precompile(room_${name})
  endif()
  if(SEAWALL_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE room_${name} GTest::gtest GTest::gtest_main)
    seawall_precompile(${name}_test)
    gtest_discover_tests(${name}_test TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 120 LABELS unit
      ENVIRONMENT "SEAWALL_CORPORA=${SEAWALL_CORPORA}")
  endif()
endfunction()
