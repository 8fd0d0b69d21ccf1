#include "bundle/encryption_key.h"

#include <algorithm>
#include <bitset>

#include "cluster/kinds/encryption.h"

namespace seawall::bundle {
namespace {

bool IsPrintable(unsigned char c) {
  return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r';
}

}  // namespace

std::string LikeEncryptionKey(std::string_view key, const Pseudonyms& pseudonyms) {
  if (cluster::kinds::IsPublishedKey(key) || key.empty()) return std::string(key);
  std::bitset<256> seen;
  for (const char c : key) seen.set(static_cast<unsigned char>(c));
  const bool printable =
      std::ranges::all_of(key, [](char c) { return IsPrintable(static_cast<unsigned char>(c)); });
  // Values in an order that the key decides; one that is not printable first where one is needed.
  std::string values;
  for (int c = 0; c < 256; ++c) {
    if (!printable || IsPrintable(static_cast<unsigned char>(c))) values += static_cast<char>(c);
  }
  const std::string order = pseudonyms.Bytes(key, 4 * values.size() + 2 * key.size());
  const auto number = [&](size_t at) {
    return static_cast<size_t>(static_cast<unsigned char>(order[at])) << 8 |
           static_cast<unsigned char>(order[at + 1]);
  };
  for (size_t i = values.size() - 1; i > 0; --i)
    std::swap(values[i], values[number(2 * i) % (i + 1)]);
  if (!printable) {
    const auto first = std::ranges::find_if(
        values, [](char c) { return !IsPrintable(static_cast<unsigned char>(c)); });
    std::iter_swap(values.begin(), first);
  }
  const size_t distinct = std::min(seen.count(), values.size());
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    const size_t at = i < distinct ? i : number(2 * values.size() + 2 * i) % distinct;
    out += values[at];
  }
  return out;
}

}  // namespace seawall::bundle
