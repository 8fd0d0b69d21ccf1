// What a SubjectAccessReview's spec may hold beyond what RBAC decides by: match conditions of
// webhooks ask about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seawall::rbac {

/// A requirement of a selector as it was written.
struct WrittenTerm {
  std::string_view key, op;
  std::vector<std::string_view> values;
};
struct WrittenSelector {
  std::string_view raw;
  std::vector<WrittenTerm> terms;
};

/// Texts lie where the question was read from. What a spec leaves out is "" or empty in it.
struct RequestDetails {
  std::string_view uid, version;
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> extra;
  std::optional<WrittenSelector> fields, labels;

  void Clear();
};

/// A requirement as the API server hands it to its authorizers.
struct SelectorTerm {
  std::string key, op;  ///< "In", "NotIn", "Exists", "DoesNotExist"
  std::vector<std::string> values;
};
/// Those of a fieldSelector; of rawSelector, too. What the API server leaves out (another operator,
/// another number of values than one) is left out; empty: the authorizers see no selector.
std::vector<SelectorTerm> TermsOfFields(const WrittenSelector& selector);
/// Those of a labelSelector; of rawSelector, too. nullopt: what is not read here, as a key or value
/// that may be none of a label.
std::optional<std::vector<SelectorTerm>> TermsOfLabels(const WrittenSelector& selector);

}  // namespace seawall::rbac
