#include "bundle/base64.h"

#include <algorithm>
#include <cstdint>

#include "cluster/kinds/secret.h"

namespace seawall::bundle {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      const uint32_t byte = i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0;
      bits = bits << 8 | byte;
    }
    const size_t used = std::min<size_t>(3, bytes.size() - i) + 1;
    for (size_t k = 0; k < 4; ++k) out += k < used ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::optional<std::string> DecodeLoosely(std::string_view text) {
  constexpr size_t kShortest = 11;  // 8 bytes
  if (text.size() < kShortest || text.size() > 64u << 10) return std::nullopt;
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  while (standard.ends_with('=')) standard.pop_back();
  standard.append((4 - standard.size() % 4) % 4, '=');
  auto bytes = cluster::kinds::DecodeBase64(standard);
  if (!bytes) return std::nullopt;
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) bytes->pop_back();
  const bool printable = std::ranges::all_of(*bytes, [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!printable) return std::nullopt;
  return bytes;
}

}  // namespace seawall::bundle
