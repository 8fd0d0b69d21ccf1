#include "report/evidence_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::report {

std::string PlaceText(const Spot& place) {
  if (place.file.empty()) return "";
  std::string file = Printable(place.file);
  return place.line ? fmt::format("{}:{}:{}", file, place.line, place.column) : file;
}

std::string EvidenceText(const Observation& seen) {
  const std::string where = PlaceText(seen.place);
  return fmt::format("{}{}{} = {} [{}{}{}]", Printable(seen.node), seen.node.empty() ? "" : ": ",
                     Printable(seen.setting),
                     seen.value.empty() ? "(empty)" : Printable(seen.value), Printable(seen.origin),
                     where.empty() ? "" : " ", where);
}

const Spot* FirstPlace(const std::vector<Observation>& evidence) {
  for (const Observation& seen : evidence) {
    if (!seen.place.file.empty()) return &seen.place;
  }
  return nullptr;
}

}  // namespace seawall::report
