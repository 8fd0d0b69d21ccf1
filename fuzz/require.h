// What every fuzz target says of its results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seawall::fuzz {

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Stops the program, and so the fuzzer, with what did not hold.
void Require(bool holds, const char* what);

/// A text that may be shown: valid UTF-8 without control characters.
void RequirePrintable(std::string_view text, const char* what);

}  // namespace seawall::fuzz
