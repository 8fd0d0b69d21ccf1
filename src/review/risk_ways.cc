#include "review/risk_finder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::review {

using rbac::NameId;
using rules::Finding;

void RiskFinder::FindPaths() {
  struct Way {
    uint32_t node, length;
  };
  for (const SinkRow& row : AllSinks()) {
    if (!Wants(row.rule)) continue;
    std::vector<Way> ways;
    for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
      const RiskNode& node = graph_.nodes()[n];
      const uint32_t length = graph_.Distance(n, row.sink);
      if (node.known || length == 0) continue;
      // Whoever is cluster-admin as soon has the rest as well.
      const uint32_t admin = graph_.Distance(n, Sink::kAdmin);
      if (row.sink != Sink::kAdmin && admin != 0 && admin <= length) continue;
      ways.push_back({n, length});
    }
    std::ranges::stable_sort(ways, {}, &Way::length);
    for (const Way& way : ways) TellPath(way.node, row);
  }
}

void RiskFinder::TellPath(uint32_t n, const SinkRow& row) {
  ToldPath told = paths_.PathTo(n, row);
  Add(row.rule, tell_.NodeText(n), std::move(told.text), std::move(told.evidence),
      std::move(told.hops));
}

void RiskFinder::FindMounted() {
  if (!mounts_.known() || !Wants("risk-mounted-account")) return;
  for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
    const RiskNode& node = graph_.nodes()[n];
    if (!node.account || node.known) continue;
    const auto pods = mounts_.Of(node.holder);
    const SinkRow* sink = pods.empty() ? nullptr : paths_.NearestSink(n);
    if (!sink) continue;
    const std::string subject = tell_.NodeText(n);
    const std::string pod = Printable(mounts_.pod(pods[0]).Name());
    ToldPath told = paths_.PathTo(n, *sink);
    told.hops.insert(told.hops.begin(), {pod, subject, "", "mounts its token"});
    Add("risk-mounted-account", subject,
        fmt::format("{} → {}: {} mounts a token of {}{}", pod, told.text, pod, subject,
                    pods.size() > 1 ? fmt::format(", and {} more do", pods.size() - 1) : ""),
        std::move(told.evidence), std::move(told.hops));
  }
}

/// What is found of an account says which pods carry its token.
void RiskFinder::TellMounts() {
  if (!mounts_.known()) return;
  std::unordered_map<std::string, NameId> accounts;
  for (uint32_t n = 0; n < graph_.nodes().size(); ++n) {
    if (graph_.nodes()[n].account) accounts.emplace(tell_.NodeText(n), graph_.nodes()[n].holder);
  }
  for (auto& findings : findings_) {
    for (Finding& finding : findings) {
      const auto at = accounts.find(finding.outcome.subject);
      if (at != accounts.end()) finding.outcome.evidence.push_back(mounts_.EvidenceOf(at->second));
    }
  }
}

}  // namespace seawall::review
