#include "report/run_evidence.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/time_text.h"

namespace seawall::report {

std::vector<std::string> EvidenceLines(const RunEvidence& evidence) {
  const auto known = [](const std::string& text) {
    return text.empty() ? std::string("not known") : Printable(text);
  };
  std::vector<std::string> lines = {
      fmt::format("cluster: {}", known(evidence.cluster_uid)),
      fmt::format("operator: {}", known(evidence.who)),
      fmt::format("time: {} to {}", TimeText(evidence.begin), TimeText(evidence.end)),
      fmt::format("program: seawall {}, sha256 {}", Printable(evidence.tool_version),
                  known(evidence.tool_digest)),
      fmt::format("rules: {} of {}, sha256 {}", evidence.asked, evidence.rules,
                  known(evidence.rules_digest)),
      fmt::format("seen: {}",
                  evidence.seen.empty() ? "nothing" : Printable(Join(evidence.seen, ", "))),
  };
  for (const NotSeen& node : evidence.not_seen)
    lines.push_back(fmt::format("not seen: {}: {}", Printable(node.name), Printable(node.why)));
  return lines;
}

}  // namespace seawall::report
