#include "rules/frameworks.h"

#include <algorithm>
#include <deque>
#include <map>

#include "base/text.h"

namespace seawall::rules {
namespace {

std::vector<Framework> Assemble() {
  return {
      {"cis", "CIS Kubernetes Benchmark", "1.12", "https://www.cisecurity.org/benchmark/kubernetes",
       CisItemTable()},
      {"nsa", "NSA/CISA Kubernetes Hardening Guidance", "1.2",
       "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/"
       "CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
       NsaItemTable()},
      {"stig", "DISA Kubernetes STIG", "2024-06-10",
       "https://www.stigviewer.com/stig/kubernetes/2024-06-10/", StigItemTable()},
      {"pci", "PCI DSS", "4.0.1", "https://www.pcisecuritystandards.org/document_library/",
       PciItemTable()},
      {"soc2", "AICPA Trust Services Criteria", "2017 (2022)",
       "https://www.aicpa-cima.com/resources/download/"
       "2017-trust-services-criteria-with-revised-points-of-focus-2022",
       SocItemTable()},
  };
}

/// "1.2.10" behind "1.2.9".
std::vector<int64_t> Numbers(std::string_view item) {
  std::vector<int64_t> numbers;
  for (const std::string_view part : Split(item, '.'))
    numbers.push_back(ParseInt(part).value_or(0));
  return numbers;
}

struct CisTable {
  std::deque<std::string> texts;  ///< what the items point to
  std::vector<FrameworkItem> items;
};

/// The benchmark's items as the rows of the table name them, and those that no row does.
CisTable AssembleCis() {
  // Sections 5.2 to 5.6 are about workloads, which are not looked at.
  constexpr const char* kSections[][2] = {
      {"5.2", "Pod Security Standards"}, {"5.3", "Network policies and CNI"},
      {"5.4", "Secrets management"},     {"5.5", "Extensible admission control"},
      {"5.6", "General policies"},
  };
  std::map<std::vector<int64_t>, std::pair<std::string, std::vector<const Rule*>>> by_number;
  for (const Rule& rule : BuiltInRules()) {
    for (const std::string_view item : CisItems(rule)) {
      auto& [text, rules] = by_number[Numbers(item)];
      text = item;
      rules.push_back(&rule);
    }
  }
  CisTable table;
  const auto keep = [&table](std::string text) {
    return table.texts.emplace_back(std::move(text)).c_str();
  };
  for (auto& [numbers, entry] : by_number) {
    std::vector<std::string_view> ids;
    for (const Rule* rule : entry.second) ids.emplace_back(rule->id);
    table.items.push_back({keep(entry.first), entry.second.front()->title, keep(Join(ids, " "))});
  }
  for (const auto& [item, title] : kSections)
    table.items.push_back({item, title, "", "workloads and their namespaces"});
  return table;
}

}  // namespace

std::span<const FrameworkItem> CisItemTable() {
  static const CisTable table = AssembleCis();
  return table.items;
}

std::span<const Framework> AllFrameworks() {
  static const std::vector<Framework> frameworks = Assemble();
  return frameworks;
}

const Framework* FindFramework(std::string_view id) {
  const auto found = std::ranges::find_if(
      AllFrameworks(), [&](const Framework& framework) { return id == framework.id; });
  return found == AllFrameworks().end() ? nullptr : &*found;
}

std::span<const FrameworkRef> RefsOf(std::string_view rule) {
  static const std::map<std::string_view, std::vector<FrameworkRef>> all = [] {
    std::map<std::string_view, std::vector<FrameworkRef>> refs;
    std::vector<const Framework*> frameworks;
    for (const Framework& framework : AllFrameworks()) frameworks.push_back(&framework);
    std::ranges::sort(frameworks, {}, [](const Framework* f) { return std::string_view(f->name); });
    for (const Framework* framework : frameworks) {
      if (std::string_view(framework->id) == "cis") continue;
      for (const FrameworkItem& item : framework->items) {
        for (const Rule& own : BuiltInRules()) {
          if (Names(item, own.id)) refs[own.id].push_back({framework, &item});
        }
      }
    }
    return refs;
  }();
  const auto found = all.find(rule);
  return found == all.end() ? std::span<const FrameworkRef>() : found->second;
}

bool Names(const FrameworkItem& item, std::string_view rule) {
  return std::ranges::any_of(Split(item.rules, ' '), [&](std::string_view word) {
    if (word.ends_with('*')) return rule.starts_with(word.substr(0, word.size() - 1));
    return !word.empty() && word == rule;
  });
}

std::vector<const FrameworkItem*> ItemsOf(const Framework& framework, std::string_view rule) {
  std::vector<const FrameworkItem*> items;
  for (const FrameworkItem& item : framework.items) {
    if (Names(item, rule)) items.push_back(&item);
  }
  return items;
}

}  // namespace seawall::rules
