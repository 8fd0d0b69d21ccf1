// One attempt at a whole plan: a fix for each finding that fails, in memory, round by round until
// nothing more is to be edited. Private to this room.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "harden/plan_order.h"
#include "harden/planner.h"
#include "harden/working_tree.h"

namespace seawall::harden {

FindingName NameOf(const rules::Finding& finding);
const cluster::Component* ComponentOf(const cluster::Node& node, const rules::Finding& finding);

class Attempt {
 public:
  /// Whether files that somebody else writes are handed over, or edited like all others.
  enum class Owners : uint8_t { kHeeded, kIgnored };
  /// Findings that are not to be mended, and why.
  using Excluded = std::map<FindingName, std::string>;

  Attempt(std::shared_ptr<const Files> files, const PlanRequest& request,
          const std::vector<const rules::Rule*>& rules, const Excluded& excluded,
          Owners owners = Owners::kHeeded)
      : request_(request),
        rules_(rules),
        excluded_(excluded),
        heed_owners_(owners == Owners::kHeeded),
        tree_(std::move(files)) {}

  /// `findings` are those of the untouched tree.
  Result<void> Run(const cluster::Node& node, const std::vector<rules::Finding>& findings);

  const WorkingTree& tree() const { return tree_; }
  std::vector<FixDone>& done() { return done_; }
  std::vector<NotDone>& not_done() { return not_done_; }
  std::vector<HandedOver>& handed_over() { return handed_over_; }

 private:
  void Round(const cluster::Node& node, const std::vector<rules::Finding>& findings);
  bool Selected(const rules::Finding& finding) const;
  void Refuse(const rules::Finding& finding, std::string why, std::string todo);
  void Try(const cluster::Node& node, const rules::Finding& finding, const Fix& fix);
  void HandOver(const rules::Finding& finding, const cluster::Component* component,
                const std::string& owner, const Result<Draft>& made);
  /// Lists that several findings want something of are handed over as one.
  void Together(const cluster::Component& component, HandedOver& handed);
  /// A file whose new text restates a secret: a drop-in repeats the whole command line.
  std::string SecretIn(const Draft& draft) const;
  /// Who else writes one of the files that the fix touches.
  std::string OwnerOf(const Draft& draft, const cluster::Component* component);

  const PlanRequest& request_;
  const std::vector<const rules::Rule*>& rules_;
  const Excluded& excluded_;
  const bool heed_owners_;
  const cluster::Node* running_ = nullptr;  ///< the untouched one, where it runs
  WorkingTree tree_;
  std::set<FindingName> settled_;
  std::map<FindingName, int> tried_, deferred_;
  std::map<FindingName, NotDone> waiting_;  ///< for another change that is to come first
  std::map<std::string, std::string> owners_;
  std::optional<bool> kops_;
  std::vector<FixDone> done_;
  std::vector<NotDone> not_done_;
  std::vector<HandedOver> handed_over_;
};

}  // namespace seawall::harden
