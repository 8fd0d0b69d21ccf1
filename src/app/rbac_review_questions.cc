#include "app/rbac_review_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "harden/json_out.h"
#include "review/used_requests.h"

namespace seawall::app {
namespace {

using live::AccessQuestion;
using rbac::Attributes;

constexpr size_t kMostUsed = 20'000;
constexpr size_t kMostGoneOfOne = 50;

std::string SpecOf(const Attributes& a) {
  harden::JsonOut out;
  out.OpenObject();
  if (!a.user.empty()) out.Field("user", a.user);
  out.Field("groups", std::vector<std::string>(a.groups.begin(), a.groups.end()));
  out.Key(a.resource_request ? "resourceAttributes" : "nonResourceAttributes").OpenObject();
  out.Field("verb", a.verb);
  if (a.resource_request) {
    out.Field("namespace", a.space);
    out.Field("group", a.group);
    out.Field("resource", a.resource);
    out.Field("subresource", a.subresource);
    out.Field("name", a.name);
  } else {
    out.Field("path", a.path);
  }
  out.CloseObject();
  out.CloseObject();
  return out.Take();
}

std::string TextOf(const Attributes& a) {
  std::string text =
      a.user.empty() ? fmt::format("group {}: ", a.groups.front()) : fmt::format("{}: ", a.user);
  text += fmt::format("{} {}", a.verb, a.resource_request ? a.resource : a.path);
  if (!a.resource_request) return text;
  if (!a.subresource.empty()) text += fmt::format("/{}", a.subresource);
  if (!a.group.empty()) text += fmt::format(".{}", a.group);
  if (!a.name.empty()) text += fmt::format(" {}", a.name);
  if (!a.space.empty()) text += fmt::format(" in {}", a.space);
  return text;
}

class Asking {
 public:
  Asking(const rbac::Evaluator& before, const rbac::Evaluator& after,
         const std::vector<size_t>& changes)
      : before_(before), after_(after), changes_(changes) {}

  /// What the logs show of those who hold something that becomes less.
  void AddUsed(const auditlog::Learner& learner, const review::Proposal& proposal) {
    std::map<std::pair<const rbac::Binding*, const rbac::Subject*>, size_t> units;
    for (size_t i = 0; i < proposal.units.size(); ++i) {
      for (const review::ReviewedGrant* grant : proposal.units[i].grants)
        units[{grant->binding, grant->subject}] = i;
    }
    review::ForEachUsed(learner, [&](const Attributes& a) {
      const rbac::Answer answer = before_.Ask(a);
      if (!answer.allowed || answer.masters) return;
      std::set<size_t> touched;
      before_.ForEachBinding(a.user, a.groups, a.space,
                             [&](const auto& binding, const auto& subject, const auto*) {
                               const auto at = units.find({&binding, &subject});
                               if (at != units.end()) touched.insert(at->second);
                             });
      for (const size_t unit : touched)
        used_.push_back({changes_[unit], SpecOf(a), TextOf(a), true});
    });
  }

  /// What a grant loses, unless something else gives it.
  void AddGone(const rbac::Policy& policy, const review::ReviewedGrant& grant, size_t unit) {
    const bool group = grant.subject->kind == rbac::SubjectKind::kGroup;
    const std::string_view holder = policy.Text(group ? grant.subject->name : grant.subject->user);
    const std::vector<std::string_view> groups =
        group ? std::vector{holder} : std::vector<std::string_view>();
    size_t many = 0;
    for (const review::ReviewedRow& row : grant.rows) {
      const bool goes = row.state == review::RightState::kUnused ||
                        (row.state == review::RightState::kWide && row.why.empty());
      if (!goes) continue;
      for (const std::string& verb : row.verbs) {
        Attributes a{};
        if (!group) a.user = holder;
        a.groups = groups;
        a.verb = verb;
        a.resource_request = row.url.empty();
        a.path = row.url;
        if (a.resource_request) {
          if (!grant.binding->cluster) a.space = policy.Text(grant.binding->space);
          a.group = row.group;
          if (!row.names.empty()) a.name = row.names.front();
          review::SetResource(a, row.resource);
        }
        if (many >= kMostGoneOfOne || !before_.Ask(a).allowed || after_.Ask(a).allowed) continue;
        ++many;
        gone_.push_back({changes_[unit], SpecOf(a), TextOf(a), false});
      }
    }
  }

  std::vector<AccessQuestion> Take(std::vector<std::string>& unproven) {
    std::ranges::sort(used_, {}, [](const AccessQuestion& one) {
      return std::tuple(one.change, one.text, one.spec);
    });
    if (used_.size() > kMostUsed) {
      unproven.push_back(
          fmt::format("{} of {} requests of the logs were not asked of the API server",
                      used_.size() - kMostUsed, used_.size()));
      used_.resize(kMostUsed);
    }
    gone_.insert(gone_.end(), std::make_move_iterator(used_.begin()),
                 std::make_move_iterator(used_.end()));
    return std::move(gone_);
  }

 private:
  const rbac::Evaluator& before_;
  const rbac::Evaluator& after_;
  const std::vector<size_t>& changes_;
  std::vector<AccessQuestion> used_, gone_;
};

}  // namespace

std::vector<AccessQuestion> QuestionsOf(const rbac::Evaluator& before, const rbac::Evaluator& after,
                                        const auditlog::ReviewState& state,
                                        const review::Proposal& proposal,
                                        const std::vector<size_t>& changes,
                                        std::vector<std::string>& unproven) {
  Asking asking(before, after, changes);
  asking.AddUsed(state.learner, proposal);
  for (size_t unit = 0; unit < proposal.units.size(); ++unit) {
    for (const review::ReviewedGrant* grant : proposal.units[unit].grants)
      asking.AddGone(before.policy(), *grant, unit);
  }
  return asking.Take(unproven);
}

}  // namespace seawall::app
