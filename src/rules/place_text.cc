#include "rules/place_text.h"

#include <fmt/format.h>

namespace seawall::rules {

std::string PlaceText(const Place& place) {
  if (place.line == 0) return place.file;
  if (place.column == 0) return fmt::format("{}:{}", place.file, place.line);
  return fmt::format("{}:{}:{}", place.file, place.line, place.column);
}

std::string StartText(const cluster::Component& component) {
  const std::string place =
      component.where.file.empty() ? component.instance : PlaceText(component.where);
  const char* name = ToString(component.kind);
  if (place.empty()) return fmt::format("the arguments of {}", name);
  if (component.run_by == cluster::RunBy::kConfiguration) {
    return fmt::format("what is written for {} ({})", name, place);
  }
  // What these two are told by flag at most is told by file at best.
  if (component.kind == cluster::ComponentKind::kKubelet ||
      component.kind == cluster::ComponentKind::kProxy) {
    const cluster::Setting file = component.Get("config");
    if (file.written() && !file.text.empty()) return file.text;
  }
  return fmt::format("the arguments of {} ({})", name, place);
}

std::string WithPlace(std::string_view text, std::string_view where) {
  constexpr std::string_view kMark = "{where}";
  std::string placed;
  for (size_t at = 0; (at = text.find(kMark)) != std::string_view::npos;) {
    placed += text.substr(0, at);
    placed += where;
    text.remove_prefix(at + kMark.size());
  }
  placed += text;
  return placed;
}

}  // namespace seawall::rules
