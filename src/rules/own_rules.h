// An organisation's own rules and thresholds: rows of YAML, no code. docs/formats/policy.md.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/error.h"
#include "rules/pattern.h"
#include "rules/rule.h"

namespace seawall::rules {

enum class Comparison : uint8_t {
  kEquals,
  kNotEquals,
  kOneOf,
  kContains,
  kNotContains,
  kAtLeast,
  kAtMost,
  kMatches,
  kIsSet,
  kIsUnset
};

/// What a rule of an organisation wants of a setting.
struct Wish {
  Comparison comparison = Comparison::kIsSet;
  std::vector<std::string> values;
  Pattern pattern;  ///< of kMatches
  struct Ref {
    std::string framework, edition, item;
  };
  std::vector<Ref> refs;
};

/// The check of every such rule. As in the built-in ones, what is not known is unknown.
Outcome MeetsWish(const Rule& rule, const Context& context);

/// Rules that stand in files; they point into the object, which must stay where it is.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;

  /// Reads one file strictly. Errors: kMalformed with FILE:LINE:COLUMN for whatever is not as
  /// docs/formats/policy.md says.
  Result<void> Add(std::string name, std::string bytes);

  const std::vector<Rule>& own() const { return own_; }
  /// Built-in rules with other thresholds.
  const std::vector<Rule>& instead() const { return instead_; }

 private:
  friend class PolicyReader;
  const char* Keep(std::string text) { return texts_.emplace_back(std::move(text)).c_str(); }

  std::deque<std::string> texts_;
  std::deque<Wish> wishes_;
  std::vector<Rule> own_, instead_;
};

}  // namespace seawall::rules
