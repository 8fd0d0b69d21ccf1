#include "report/baseline.h"

#include "report/fingerprint.h"

namespace seawall::report {

Result<Baseline> Baseline::Read(const StoredReport& stored) {
  Baseline baseline;
  auto ok = stored.ForEachNode([&](const NodeReport& node) -> Result<void> {
    for (const Record& record : node.findings)
      baseline.urgency_[ShortFingerprint(record)] = static_cast<uint8_t>(Urgency(record));
    return {};
  });
  if (!ok) return std::unexpected(ok.error());
  return baseline;
}

void Baseline::Mark(NodeReport& report) const {
  for (Record& record : report.findings) {
    const int urgency = Urgency(record);
    if (urgency > 2) continue;
    const auto before = urgency_.find(ShortFingerprint(record));
    // Unknown and manual are alike here: neither says that it is well, neither that it is not.
    const bool known = before != urgency_.end() && before->second <= (urgency == 0 ? 0 : 2);
    record.baseline = known ? "unchanged" : "new";
  }
}

}  // namespace seawall::report
