// A quick hash of texts for tables in memory: eight bytes at a time, not for what is stored, and no
// protection against texts that were chosen to collide.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace seawall {

/// `seed` may be the hash of what came before; the length is part of it. Pure, thread-safe.
inline uint64_t HashText(std::string_view text, uint64_t seed = 0) {
  uint64_t hash = seed ^ text.size() * 0x9E3779B97F4A7C15ull;
  while (text.size() >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    hash = (hash ^ word) * 0xBF58476D1CE4E5B9ull;
    hash ^= hash >> 29;
    text.remove_prefix(8);
  }
  uint64_t word = 0;
  if (!text.empty()) std::memcpy(&word, text.data(), text.size());
  hash = (hash ^ word) * 0x94D049BB133111EBull;
  return hash ^ (hash >> 32);
}

}  // namespace seawall
