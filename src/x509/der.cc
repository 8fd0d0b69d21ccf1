#include "x509/der.h"

#include <climits>

namespace seawall::x509 {

bool DerReader::Next(DerElement& element) {
  if (rest_.empty() || rest_.size() > LONG_MAX) return false;
  const auto* begin = reinterpret_cast<const unsigned char*>(rest_.data());
  const auto* at = begin;
  long length = 0;
  const int form = ASN1_get_object(&at, &length, &element.tag, &element.tag_class,
                                   static_cast<long>(rest_.size()));
  constexpr int kError = 0x80;
  constexpr int kIndefinite = 0x01;
  if ((form & (kError | kIndefinite)) != 0 || length < 0) return false;
  const auto header = static_cast<size_t>(at - begin);
  element.content = rest_.substr(header, static_cast<size_t>(length));
  element.whole = rest_.substr(0, header + static_cast<size_t>(length));
  rest_.remove_prefix(element.whole.size());
  return true;
}

bool DerReader::Next(int tag, DerElement& element) { return Next(element) && element.Is(tag); }

}  // namespace seawall::x509
