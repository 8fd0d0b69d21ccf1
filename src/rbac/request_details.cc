#include "rbac/request_details.h"

#include <algorithm>

#include "rbac/label_selector.h"

namespace seawall::rbac {
namespace {

/// Terms between commas; one behind a backslash is data. fields.splitTerms of k8s.io/apimachinery.
std::vector<std::string_view> SplitTerms(std::string_view text) {
  std::vector<std::string_view> terms;
  size_t begin = 0;
  bool escaped = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (escaped) {
      escaped = false;
    } else if (text[i] == '\\') {
      escaped = true;
    } else if (text[i] == ',') {
      terms.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  terms.push_back(text.substr(begin));
  return terms;
}

/// fields.UnescapeValue; nullopt for what it refuses.
std::optional<std::string> Unescape(std::string_view text) {
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',' || text[i] == '=') return std::nullopt;
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] != '\\' && text[i] != ',' && text[i] != '=') return std::nullopt;
    value += text[i];
  }
  return value;
}

/// fields.ParseSelector; what it refuses as a whole selects by nothing.
std::vector<SelectorTerm> ParseFields(std::string_view raw) {
  std::vector<SelectorTerm> terms;
  auto parts = SplitTerms(raw);
  std::ranges::sort(parts);
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    size_t at = 0;
    while (at < part.size() && part[at] != '=' && part.substr(at, 2) != "!=") ++at;
    if (at == part.size()) return {};
    const std::string_view rest = part.substr(at);
    const size_t width = rest.starts_with("!=") || rest.starts_with("==") ? 2 : 1;
    auto value = Unescape(rest.substr(width));
    if (!value) return {};
    terms.push_back(
        {std::string(part.substr(0, at)), rest[0] == '!' ? "NotIn" : "In", {std::move(*value)}});
  }
  return terms;
}

}  // namespace

void RequestDetails::Clear() {
  uid = version = {};
  extra.clear();
  fields.reset();
  labels.reset();
}

std::vector<SelectorTerm> TermsOfFields(const WrittenSelector& selector) {
  if (selector.terms.empty()) return ParseFields(selector.raw);
  std::vector<SelectorTerm> terms;
  for (const WrittenTerm& term : selector.terms) {
    const bool known = term.op == "In" || term.op == "NotIn";
    if (!known || term.values.size() != 1) continue;
    terms.push_back(
        {std::string(term.key), std::string(term.op), {std::string(term.values.front())}});
  }
  return terms;
}

std::optional<std::vector<SelectorTerm>> TermsOfLabels(const WrittenSelector& selector) {
  if (!selector.raw.empty()) return ParseLabels(selector.raw);
  std::vector<SelectorTerm> terms;
  for (const WrittenTerm& term : selector.terms) {
    const bool set = term.op == "In" || term.op == "NotIn";
    const bool exists = term.op == "Exists" || term.op == "DoesNotExist";
    if (!set && !exists) continue;
    if (!IsLabelKey(term.key) || set == term.values.empty() ||
        !std::ranges::all_of(term.values, IsLabelValue))
      return std::nullopt;
    terms.push_back(
        {std::string(term.key), std::string(term.op), {term.values.begin(), term.values.end()}});
  }
  return terms;
}

}  // namespace seawall::rbac
