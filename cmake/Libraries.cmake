# The libraries that the program is linked with, as static archives, so that it is one file which needs only the
# C library and its loader. docs/dependencies.md says what each is for.

function(seawall_static_library target archive header)
  find_library(${target}_ARCHIVE NAMES ${archive} REQUIRED)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${target}_ARCHIVE}
    INTERFACE_INCLUDE_DIRECTORIES ${${target}_INCLUDE})
endfunction()

seawall_static_library(lib_yaml libyaml.a yaml.h)
seawall_static_library(lib_crypto libcrypto.a openssl/x509.h)
seawall_static_library(lib_ssl libssl.a openssl/ssl.h)
seawall_static_library(lib_seccomp libseccomp.a seccomp.h)
target_link_libraries(lib_ssl INTERFACE lib_crypto)
seawall_static_library(lib_nghttp2 libnghttp2.a nghttp2/nghttp2.h)
seawall_static_library(lib_zstd libzstd.a zstd.h)
seawall_static_library(lib_z libz.a zlib.h)

# Debian packages fmt without a static archive: src/base/fmt.cc compiles it once.
find_path(FMT_INCLUDE fmt/format.h REQUIRED)
add_library(lib_fmt INTERFACE)
target_include_directories(lib_fmt SYSTEM INTERFACE ${FMT_INCLUDE})

find_path(RAPIDJSON_INCLUDE rapidjson/writer.h REQUIRED)
# Every x86-64 has SSE2: RapidJSON then looks at sixteen bytes at a time for what to escape. For all
# sources or for none, since its templates are shared.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_definitions(RAPIDJSON_SSE2)
endif()
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
