#include "report/format.h"

#include "report/formats/formats.h"

namespace seawall::report {
namespace {

struct Entry {
  const char* name;
  std::unique_ptr<Format> (*make)(Options);
};
constexpr Entry kFormats[] = {
    {"text", MakeText},       {"json", MakeJson},   {"jsonl", MakeJsonLines},
    {"sarif", MakeSarif},     {"junit", MakeJunit}, {"html", MakeHtml},
    {"metrics", MakeMetrics}, {"csv", MakeCsv},     {"policyreport", MakePolicyReport},
};

constexpr auto kNames = [] {
  std::array<const char*, std::size(kFormats)> names{};
  for (size_t i = 0; i < names.size(); ++i) names[i] = kFormats[i].name;
  return names;
}();

}  // namespace

std::span<const char* const> FormatNames() { return kNames; }

std::unique_ptr<Format> MakeFormat(std::string_view name, Options options) {
  for (const Entry& entry : kFormats) {
    if (name == entry.name) return entry.make(std::move(options));
  }
  return nullptr;
}

std::string WorstRule(const std::vector<Record>& findings, int& weight) {
  const RuleText* worst = nullptr;
  for (const Record& finding : findings) {
    const int order = Urgency(finding);
    if (order > 1) continue;
    const int own = static_cast<int>(finding.rule->severity) + (order == 0 ? 100 : 0);
    if (worst != nullptr && own <= weight) continue;
    worst = finding.rule.get();
    weight = own;
  }
  return worst ? worst->id : "";
}

}  // namespace seawall::report
