#include "bundle/loose_base64.h"

#include <algorithm>

#include "base/base64.h"

namespace seawall::bundle {

std::optional<std::string> DecodeLoosely(std::string_view text) {
  constexpr size_t kShortest = 11;  // 8 bytes
  if (text.size() < kShortest || text.size() > 64u << 10) return std::nullopt;
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  while (standard.ends_with('=')) standard.pop_back();
  standard.append((4 - standard.size() % 4) % 4, '=');
  auto bytes = DecodeBase64(standard);
  if (!bytes) return std::nullopt;
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
  const bool printable = std::ranges::all_of(*bytes, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!printable) return std::nullopt;
  return bytes;
}

}  // namespace seawall::bundle
