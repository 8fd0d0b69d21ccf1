// Tally: how the verdicts of several places (files, certificates, kubeconfigs) become the one
// outcome of a rule.
#pragma once

#include <string>
#include <vector>

#include "rules/finding.h"

namespace seawall::rules {

/// Collects what was seen. One failing place fails the rule; otherwise one place that could not be
/// judged makes it unknown; otherwise one good place lets it pass; and with nothing seen at all it
/// is not applicable.
class Tally {
 public:
  void Good(Evidence evidence);
  /// `what` says in a few words what is wrong: "/a is 0644".
  void Bad(Evidence evidence, std::string what);
  void Unknown(std::string why, std::string how);

  bool failed() const { return !bad_.empty(); }
  bool empty() const { return good_.empty() && bad_.empty() && gaps_.empty(); }
  const std::vector<Evidence>& bad() const { return bad_; }

  /// `nothing`: why the rule does not apply when nothing was seen.
  Outcome Done(std::string nothing) &&;

 private:
  std::vector<Evidence> good_, bad_;
  size_t good_count_ = 0;  ///< those that are too many to be shown, too
  std::vector<std::string> wrong_;
  std::vector<std::pair<std::string, std::string>> gaps_;
};

Outcome NotApplicable(std::string why);
Outcome Unknown(std::string why, std::string how, std::vector<Evidence> evidence = {});
Outcome Pass(std::string why, std::vector<Evidence> evidence = {});
Outcome Fails(std::string why, std::vector<Evidence> evidence = {});

}  // namespace seawall::rules
