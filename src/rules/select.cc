#include <algorithm>

#include "rules/rule.h"

namespace seawall::rules {
namespace {

/// An empty list asks for everything.
bool Asks(const std::vector<std::string>& wanted, std::string_view word) {
  return wanted.empty() || std::ranges::find(wanted, word) != wanted.end();
}

/// "1.2" asks for the whole section.
bool AsksItem(const std::vector<std::string>& wanted, std::string_view item) {
  return std::ranges::any_of(wanted, [&](const std::string& one) {
    return item == one || (item.starts_with(one) && item.substr(one.size()).starts_with('.'));
  });
}

bool Selected(const Selection& selection, const Rule& rule) {
  if (rule.severity < selection.minimum) return false;
  if (!Asks(selection.ids, rule.id) || !Asks(selection.rows, rule.row)) return false;
  if (selection.cis.empty()) return true;
  return std::ranges::any_of(CisItems(rule),
                             [&](std::string_view item) { return AsksItem(selection.cis, item); });
}

}  // namespace

std::vector<const Rule*> Select(const Selection& selection) {
  std::vector<const Rule*> chosen;
  for (const Rule& rule : AllRules()) {
    if (Selected(selection, rule)) chosen.push_back(&rule);
  }
  return chosen;
}

}  // namespace seawall::rules
