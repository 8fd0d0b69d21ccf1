#include "report/evidence_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::report {
namespace {

bool ByApi(const NodeRecord& node) {
  return !node.machine && node.root.find("://") != std::string::npos;
}

}  // namespace

bool IsShownByApi(const NodeRecord& node) {
  return node.root.starts_with("https://") || node.root.starts_with("http://");
}

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

bool IsManaged(const NodeRecord& node) {
  return !node.components.empty() && node.components[0].run_by == kManaged;
}

const char* KindWord(const NodeRecord& node) {
  const bool whole = node.cluster || IsManaged(node) || (ByApi(node) && node.components.empty());
  return whole ? "Cluster" : "Node";
}

std::string SourceText(const NodeRecord& node) {
  if (node.live && node.root == "/") return "this machine, live";
  if (node.root.starts_with("ssh://")) return "over SSH, " + Printable(node.root.substr(6));
  if (IsShownByApi(node)) return "as the API at " + Printable(node.root) + " shows it";
  if (node.live) return "live, collected in " + Printable(node.root);
  return (node.machine ? "files below " : "") + Printable(node.root);
}

bool IsMachine(const NodeRecord& node) {
  return !node.cluster && (node.machine || (ByApi(node) && !node.components.empty()));
}

}  // namespace seawall::report
