#include "report/attestations.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/time_text.h"

namespace seawall::report {
namespace {

constexpr int64_t kDay = 86400;

constexpr const char* kKeys[] = {"rule",      "node", "component", "path",   "who",
                                 "statement", "when", "digest",    "expires"};
constexpr const char* kRequired[] = {"rule", "who", "when", "statement", "digest", "expires"};
constexpr RowKind kKind = {
    .attempt = "read the attestations",
    .list = "attestations",
    .one = "attestation",
    .docs = "docs/formats/attestations.md",
    .keys = kKeys,
    .required = kRequired,
    .needs =
        "an attestation needs a rule, who judged when, a statement, the digest of the "
        "evidence and the day on which it ends",
};

bool IsSha256(std::string_view text) {
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<void> Check(const AcceptedRow& row, int64_t now) {
  const bool manual = std::ranges::any_of(rules::AllRules(), [&](const rules::Rule& rule) {
    return rule.manual && Matches(row.Get("rule"), rule.id);
  });
  if (!manual) {
    return WrongRow(kKind, row.places.at("rule"),
                    fmt::format("seawall judges {} itself", row.Get("rule")),
                    "only what a person has to judge can be attested; what is accepted all the "
                    "same is a waiver");
  }
  if (!IsSha256(row.Get("digest"))) {
    return WrongRow(kKind, row.places.at("digest"), "digest is no SHA-256",
                    "write the 64 digits that sha256sum prints of the evidence");
  }
  const auto when = ParseDayOrTime(row.Get("when"));
  if (!when) {
    return WrongRow(kKind, row.places.at("when"), "when is no day",
                    "write it as 2027-01-31, or as 2027-01-31T12:00:00Z");
  }
  // A day is its last second; today's has begun.
  const bool day = row.Get("when").size() == 10;
  if ((day ? *when - kDay + 1 : *when) > now) {
    return WrongRow(kKind, row.places.at("when"), "when has not come yet",
                    "write the day on which it was judged");
  }
  if (*when > row.until) {
    return WrongRow(kKind, row.places.at("expires"), "it ends before it was judged",
                    "write the day until which it holds");
  }
  return {};
}

Attested Says(const AcceptedRow& row) {
  return {row.Get("statement"), row.Get("who"), row.Get("when"), row.Get("digest"),
          row.Get("expires")};
}

}  // namespace

Result<Attestations> Attestations::Read(std::string name, std::string bytes, int64_t now) {
  auto rows = ReadAcceptedRows(kKind, std::move(name), std::move(bytes));
  if (!rows) return std::unexpected(rows.error());
  for (const AcceptedRow& row : *rows) {
    if (auto ok = Check(row, now); !ok) return std::unexpected(ok.error());
  }
  Attestations attestations;
  attestations.rows_ = AcceptedRows(std::move(*rows), now);
  return attestations;
}

void Attestations::Apply(NodeReport& report) const {
  rows_.Apply(
      report, [](const Record& record) { return Urgency(record) == kForAPerson; },
      [](const Record& record) { return record.attested != nullptr; },
      [](const AcceptedRow& row, Record& record) {
        record.attested = std::make_shared<const Attested>(Says(row));
        record.verdict = rules::Verdict::kAttested;
        record.manual = false;
      });
}

std::vector<AttestationUse> Attestations::Uses() const {
  std::vector<AttestationUse> uses;
  for (size_t i = 0; i < rows_.rows().size(); ++i) {
    const AcceptedRow& row = rows_.rows()[i];
    uses.push_back({row.Get("rule"), row.Get("node"), row.Get("component"), row.Get("path"),
                    Says(row), row.Where(), rows_.State(i), rows_.Findings(i)});
  }
  return uses;
}

}  // namespace seawall::report
