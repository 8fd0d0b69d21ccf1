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
// "used" and "not-asked" are nobody's concern.
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
  return lines;
}

}  // namespace seawall::report
