#include "report/waivers.h"

namespace seawall::report {
namespace {

constexpr const char* kKeys[] = {"rule", "node", "component", "path", "reason", "expires", "who"};
constexpr const char* kRequired[] = {"rule", "reason", "expires"};
constexpr RowKind kKind = {
    .attempt = "read the waivers",
    .list = "waivers",
    .one = "waiver",
    .docs = "docs/formats/waivers.md",
    .keys = kKeys,
    .required = kRequired,
    .needs = "a waiver needs a rule, a reason and the day on which it ends",
};

}  // namespace

Result<Waivers> Waivers::Read(std::string name, std::string bytes, int64_t now) {
  auto rows = ReadAcceptedRows(kKind, std::move(name), std::move(bytes));
  if (!rows) return std::unexpected(rows.error());
  Waivers waivers;
  waivers.rows_ = AcceptedRows(std::move(*rows), now);
  return waivers;
}

void Waivers::Apply(NodeReport& report) const {
  rows_.Apply(
      report, [](const Record& record) { return Urgency(record) <= kForAPerson; },
      [](const Record& record) { return record.waived != nullptr; },
      [](const AcceptedRow& row, Record& record) {
        record.waived = std::make_shared<const Waived>(
            Waived{VerdictWord(record), row.Get("reason"), row.Get("expires"), row.Get("who")});
        record.verdict = rules::Verdict::kWaived;
        record.manual = false;
      });
}

std::vector<WaiverUse> Waivers::Uses() const {
  std::vector<WaiverUse> uses;
  for (size_t i = 0; i < rows_.rows().size(); ++i) {
    const AcceptedRow& row = rows_.rows()[i];
    uses.push_back({row.Get("rule"), row.Get("node"), row.Get("component"), row.Get("path"),
                    row.Get("reason"), row.Get("expires"), row.Get("who"), row.Where(),
                    rows_.State(i), rows_.Findings(i)});
  }
  return uses;
}

}  // namespace seawall::report
