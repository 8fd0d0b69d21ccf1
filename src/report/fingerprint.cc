#include "report/fingerprint.h"

#include "base/sha256.h"
#include "base/text.h"

namespace seawall::report {

std::string Key(const Record& record) {
  std::string key;
  for (const std::string* part :
       {&record.rule->id, &record.node, &record.component, &record.instance}) {
    key += *part;
    key += '\0';
  }
  return key;
}

uint64_t ShortFingerprint(const Record& record) {
  const auto digest = Sha256(Key(record));
  uint64_t bits = 0;
  for (size_t i = 0; i < 8; ++i) bits = bits << 8 | digest[i];
  return bits;
}

std::string Fingerprint(const Record& record) {
  const auto digest = Sha256(Key(record));
  return Hex({reinterpret_cast<const char*>(digest.data()), 16});
}

}  // namespace seawall::report
