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

std::string Fingerprint(const Record& record) {
  const auto digest = Sha256(Key(record));
  return Hex({reinterpret_cast<const char*>(digest.data()), 16});
}

}  // namespace seawall::report
