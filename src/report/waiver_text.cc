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

}  // namespace

std::string ReasonText(const Record& record) {
  std::string text = Printable(record.reason);
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

}  // namespace seawall::report
