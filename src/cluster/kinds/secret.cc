#include "cluster/kinds/secret.h"

#include <array>
#include <cstdint>

#include "x509/certificate.h"

namespace seawall::cluster::kinds {
namespace {

constexpr std::array<int8_t, 256> DigitTable() {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < kDigits.size(); ++i) {
    table[static_cast<unsigned char>(kDigits[i])] = static_cast<int8_t>(i);
  }
  return table;
}
constexpr std::array<int8_t, 256> kDigit = DigitTable();

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);  // never moved: no copy is left behind
  uint32_t bits = 0;
  size_t digits = 0;
  size_t padding = 0;
  bool good = true;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int8_t digit = kDigit[static_cast<unsigned char>(c)];
    if (digit < 0 || padding > 0) {
      good = false;
      break;
    }
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if (++digits % 4 == 0) {
      for (const int shift : {16, 8, 0}) out += static_cast<char>(bits >> shift & 0xFF);
      bits = 0;
    }
  }
  const size_t rest = digits % 4;
  if (rest == 1 || (digits + padding) % 4 != 0 || padding > 2) good = false;
  if (good && rest == 2) out += static_cast<char>(bits >> 4 & 0xFF);
  if (good && rest == 3) {
    out += static_cast<char>(bits >> 10 & 0xFF);
    out += static_cast<char>(bits >> 2 & 0xFF);
  }
  if (good) return out;
  x509::Wipe(out);
  return std::nullopt;
}

}  // namespace seawall::cluster::kinds
