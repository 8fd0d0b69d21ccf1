#include "report/waiver_text.h"

#include <fmt/format.h>

#include "base/text.h"
#include "report/evidence_text.h"

namespace seawall::report {
namespace {

struct StateText {
  const char* state;
  const char* says;
};
// "used" is nobody's concern; NotAsked tells of "not-asked".
constexpr StateText kStates[] = {
    {"expired", "has expired; what it was for counts again"},
    {"too-wide",
     "is too wide and waives nothing: name a rule, and node, component or path (node: \"*\" says "
     "that every node is meant)"},
    {"unused", "waives nothing any more: take it out"},
};

constexpr StateText kAttestationStates[] = {
    {"expired", "has expired; a person has to judge it again"},
    {"too-wide",
     "is too wide and attests nothing: name a rule, and node, component or path (node: \"*\" says "
     "that every node is meant)"},
    {"unused", "attests nothing: nothing of its rule waits for a person there"},
};

/// One line for all that this audit had nothing for: a file may serve many audits, and a node's
/// name may be mistyped.
template <typename Use>
void AddNotAsked(const std::vector<Use>& uses, const char* what, std::vector<std::string>& lines) {
  constexpr size_t kMost = 3;
  std::vector<std::string> some;
  size_t count = 0;
  for (const Use& use : uses) {
    if (use.state != "not-asked" || ++count > kMost) continue;
    some.push_back(Printable(use.rule) + (use.node.empty() ? "" : " on " + Printable(use.node)));
  }
  if (count == 0) return;
  if (count > kMost) some.push_back(fmt::format("{} more", count - kMost));
  lines.push_back(
      fmt::format("{} {}{} of nodes, components or rules that are not in this audit: {}", count,
                  what, count == 1 ? " is" : "s are", Join(some, ", ")));
}

}  // namespace

std::string ReasonText(const Record& record) {
  std::string text = Printable(record.reason);
  if (record.attested) {
    const Attested& says = *record.attested;
    return text + fmt::format(" [attested by {} on {} until {}: {}; evidence {}]",
                              Printable(says.who), Printable(says.when), Printable(says.expires),
                              Printable(says.statement), Printable(says.digest));
  }
  if (!record.waived) return text;
  const Waived& waived = *record.waived;
  return text + fmt::format(" [{}, waived until {}{}{}: {}]", waived.was, Printable(waived.expires),
                            waived.who.empty() ? "" : " by ", Printable(waived.who),
                            Printable(waived.reason));
}

std::vector<std::string> WaiverLines(const std::vector<WaiverUse>& uses) {
  std::vector<std::string> lines;
  for (const StateText& state : kStates) {
    for (const WaiverUse& use : uses) {
      if (use.state != state.state) continue;
      lines.push_back(fmt::format("{}: the waiver of {} until {} {}", PlaceText(use.place),
                                  Printable(use.rule), Printable(use.expires), state.says));
    }
  }
  AddNotAsked(uses, "waiver", lines);
  return lines;
}

std::vector<std::string> AttestationLines(const std::vector<AttestationUse>& uses) {
  std::vector<std::string> lines;
  for (const StateText& state : kAttestationStates) {
    for (const AttestationUse& use : uses) {
      if (use.state != state.state) continue;
      lines.push_back(fmt::format("{}: the attestation of {} until {} {}", PlaceText(use.place),
                                  Printable(use.rule), Printable(use.says.expires), state.says));
    }
  }
  AddNotAsked(uses, "attestation", lines);
  return lines;
}

}  // namespace seawall::report
