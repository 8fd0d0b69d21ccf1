#include "review/unused.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "auditlog/time.h"
#include "base/text.h"
#include "review/review_words.h"
#include "review/stand_ins.h"
#include "review/used_atoms.h"

namespace seawall::review {
namespace {

using auditlog::ReviewState;
using rbac::kNoName;
using rbac::NameId;

constexpr int64_t kLeastSilence = 3600;
constexpr int64_t kMostSilence = 86400;
constexpr size_t kMostSeen = 100;
constexpr size_t kMostToldUses = 20;

/// Silence that is far beyond a log's own rhythm: twenty times what nine of ten of its pauses take.
/// The same whether it was read or remembered.
int64_t SilenceOf(const auditlog::Coverage& covered) {
  std::vector<int64_t> pauses;
  const auto runs = covered.Runs(auditlog::Coverage::kHole);
  for (size_t i = 1; i < runs.size(); ++i) pauses.push_back(runs[i].from - runs[i - 1].to);
  int64_t minutes = 0;
  for (const auto& run : runs) minutes += (run.to - run.from) / 60;
  // A minute after another is a pause of one minute.
  const auto all = static_cast<size_t>(minutes) + pauses.size();
  if (all == 0) return kLeastSilence;
  const size_t rank = all * 9 / 10;
  if (rank < static_cast<size_t>(minutes)) return kLeastSilence;
  std::ranges::sort(pauses);
  const int64_t typical = pauses[std::min(rank - static_cast<size_t>(minutes), pauses.size() - 1)];
  return std::clamp(20 * typical, kLeastSilence, kMostSilence);
}

void FillWindow(const ReviewState& state, const ReviewOptions& options, Review& review) {
  int64_t begin = 0;
  int64_t end = 0;
  for (size_t i = 0; i < state.servers.size(); ++i) {
    const auto& covered = state.learner.servers[i].covered;
    if (covered.empty()) continue;
    begin = std::max(begin, covered.first());
    end = std::max(end, covered.last());
  }
  review.to = options.at != 0 ? options.at : end;
  review.from = options.since != 0 ? review.to - options.since : std::min(begin, review.to);
  for (size_t i = 0; i < state.servers.size(); ++i) {
    const auditlog::ServerLog& log = state.learner.servers[i];
    ReviewedServer server;
    server.name = state.servers[i];
    server.first = log.covered.first();
    server.last = log.covered.last();
    server.silence = options.gap != 0 ? options.gap : SilenceOf(log.covered);
    server.gaps = log.covered.Gaps(review.from, review.to, server.silence);
    if (log.damaged > 0 && (log.damaged_last == 0 || log.damaged_last >= review.from))
      server.damaged = log.damaged;
    if (log.covered.empty())
      review.doubts.push_back(fmt::format("the log of {} has no event", server.name));
    if (!log.covered.empty() && !server.gaps.empty())
      review.doubts.push_back(fmt::format("the log of {} has {} gap{}", server.name,
                                          server.gaps.size(), server.gaps.size() == 1 ? "" : "s"));
    if (server.damaged > 0)
      review.doubts.push_back(fmt::format("the log of {} is damaged", server.name));
    review.servers.push_back(std::move(server));
  }
  const auto& counts = state.learner.counts;
  if (counts.events > 0 &&
      counts.stages[static_cast<size_t>(auditlog::Event::Stage::kResponseComplete)] == 0)
    review.doubts.emplace_back("the logs have no stage ResponseComplete");
  // Who gave a right has used what he gave it with.
  if (counts.changes_dropped > 0)
    review.doubts.push_back(
        fmt::format("the logs have more changes of RBAC objects than are kept "
                    "({} beyond {}): who made them is not known",
                    counts.changes_dropped, auditlog::Learner::kMostChanges));
}

/// Makes one review.
class Reviewer {
 public:
  Reviewer(const rbac::Evaluator& evaluator, const ReviewState& state, const Recorder& recorder,
           const ReviewOptions& options, Review& review)
      : evaluator_(evaluator),
        policy_(evaluator.policy()),
        state_(state),
        recorder_(recorder),
        options_(options),
        review_(review),
        rights_(state.learner, policy_, options.since != 0 ? review.from : 0) {
    for (const auto& [change, use] : state.learner.changes) {
      const std::string_view verb = state.learner.names.Text(change.verb);
      if (verb == "delete" || verb == "deletecollection") continue;
      givers_.emplace(state.learner.names.Text(change.subject));
      if (verb == "create") created_[KeyOf(change)] = std::max(created_[KeyOf(change)], use.last);
    }
    silent_ = StandInsLeftOut(evaluator_, recorder_, [this](const std::string& name, bool group) {
      return RequesterOf(name, group);
    });
  }

  Result<void> Run() {
    for (const rbac::Binding& binding : policy_.bindings) {
      const rbac::Role* role = evaluator_.RoleOf(binding);
      review_.dangling += role || policy_.MayBeUnread(binding) ? 0 : 1;
      if (!role) continue;
      for (const rbac::Subject& subject : policy_.SubjectsOf(binding)) {
        if (subject.kind != rbac::SubjectKind::kGroup && subject.user == kNoName) continue;
        if (subject.kind == rbac::SubjectKind::kOther) continue;
        if (auto ok = TakeGrant(binding, subject, *role); !ok) return ok;
      }
    }
    for (auto& [name, subject] : subjects_) review_.subjects.push_back(std::move(subject));
    return {};
  }

 private:
  using RowKey = std::tuple<RightState, std::string, std::string, std::string, std::string,
                            std::string>;  ///< state, why, group, resource, url, name

  static std::string KeyOf(std::string_view resource, std::string_view space,
                           std::string_view name) {
    return fmt::format("{} {}/{}", resource, space, name);
  }
  std::string KeyOf(const auditlog::Right& change) const {
    const auto& names = state_.learner.names;
    return KeyOf(names.Text(change.resource), names.Text(change.space), names.Text(change.name));
  }

  /// When an object came to be: what it says of itself, or its creation in the log.
  int64_t CreatedAt(NameId stamp, std::string_view resource, NameId space, NameId name) const {
    const int64_t said = auditlog::ReadTime(policy_.Text(stamp));
    if (said != 0) return said;
    const auto at = created_.find(KeyOf(resource, policy_.Text(space), policy_.Text(name)));
    return at == created_.end() ? 0 : at->second;
  }

  int64_t SinceOf(const rbac::Binding& b, const rbac::Role& r, const std::string& key,
                  const std::string& digest, bool& fresh) const {
    int64_t since =
        std::max(CreatedAt(b.created, b.cluster ? "clusterrolebindings" : "rolebindings",
                           b.cluster ? rbac::Names::kEmpty : b.space, b.name),
                 CreatedAt(r.created, r.cluster ? "clusterroles" : "roles",
                           r.cluster ? rbac::Names::kEmpty : r.space, r.name));
    if (state_.grants.empty()) return since;
    const auto known = state_.grants.find(key);
    fresh = known == state_.grants.end() || known->second.digest != digest;
    return std::max(since, fresh ? review_.to : known->second.since);
  }

  Requester RequesterOf(const std::string& name, bool group) const {
    Requester who{.group = group, .seen = false, .name = name, .groups = {}};
    const auto& learner = state_.learner;
    const auto at = learner.groups.find(learner.names.Find(name));
    if (group || at == learner.groups.end()) return who;
    who.seen = true;
    for (const NameId id : at->second) who.groups.emplace(learner.names.Text(id));
    return who;
  }

  /// Why a request that was made in somebody's stead might not have been recorded.
  std::optional<std::string> NotSeenOfOthers(const Requests& shown) const {
    for (const StandIn& one : silent_) {
      if (auto why = recorder_.WhyNot(one.who, shown))
        return fmt::format("{} may act for others, and {}", one.text, *why);
    }
    return std::nullopt;
  }

  /// Whether a subject gave rights to others, for which it must have them.
  bool Gives(const std::string& name, bool group) const {
    if (!group) return givers_.contains(name);
    return std::ranges::any_of(rights_.Members(name),
                               [&](const std::string& user) { return givers_.contains(user); });
  }

  /// Without an audit policy: what logs record of a resource, they are taken to record of everyone.
  /// Policies leave out reads and keep changes, never the other way round.
  std::optional<std::string> NotInferred(const Requests& what) const {
    const auto& names = state_.learner.names;
    const auto fits = [](std::string_view wanted, std::string_view had) {
      return wanted == "*" || wanted == had;
    };
    const bool read = what.verb == "get" || what.verb == "list" || what.verb == "watch";
    for (const auto& [kind, use] : state_.learner.kinds) {
      // What was recorded before the window only may no longer be.
      if (kind.url != what.is_url || (use.last != 0 && use.last < review_.from)) continue;
      if (what.is_url) return std::nullopt;
      if (!fits(what.group, names.Text(kind.group)) ||
          !(what.resource.starts_with('*') || what.resource == names.Text(kind.resource)))
        continue;
      const std::string_view verb = names.Text(kind.verb);
      const bool reads = verb == "get" || verb == "list" || verb == "watch";
      if (!read || reads) return std::nullopt;
    }
    return fmt::format(
        "the logs have no {} of it by anybody, and no --audit-policy says that they "
        "would",
        read ? "read" : "request");
  }

  /// Why a right that was not used, or not all of it, cannot be called unused.
  std::string Doubt(const Requester& who, const Requests& what, int64_t since, bool gives) const {
    if (!review_.doubts.empty()) return review_.doubts.front();
    if (options_.since != 0 && since > review_.from)
      return fmt::format("given only since {}", auditlog::TimeText(since));
    if (gives) return "its holder gave rights to others, for which it must have them itself";
    if (auto elsewhere = AskedElsewhere(what)) return *elsewhere;
    for (const Requests& shown : ShownBy(what)) {
      auto why = review_.inferred ? NotInferred(shown) : recorder_.WhyNot(who, shown);
      if (!why) why = NotSeenOfOthers(shown);
      if (why) return *why;
    }
    return "";
  }

  Requests RequestsOf(const OneRight& right, const rbac::Binding& binding) const {
    Requests what;
    what.verb = policy_.Text(right.verb);
    what.is_url = right.url != kNoName;
    what.everywhere = binding.cluster;
    if (!binding.cluster) what.space = policy_.Text(binding.space);
    if (what.is_url) {
      what.url = policy_.Text(right.url);
      return what;
    }
    what.group = policy_.Text(right.group);
    what.resource = policy_.Text(right.resource);
    if (right.name != kNoName) what.name = policy_.Text(right.name);
    return what;
  }

  Result<void> TakeGrant(const rbac::Binding& binding, const rbac::Subject& subject,
                         const rbac::Role& role) {
    const bool group = subject.kind == rbac::SubjectKind::kGroup;
    const std::string holder(policy_.Text(group ? subject.name : subject.user));
    ReviewedGrant grant;
    grant.binding = &binding;
    grant.subject = &subject;
    grant.role = &role;
    grant.who = SubjectText(policy_, subject);
    grant.binding_text = BindingText(policy_, binding);
    grant.role_text = RoleText(policy_, role);
    grant.kept = KeptAs(policy_, binding, subject, options_.break_glass);
    grant.since = SinceOf(binding, role, GrantKey(grant), GrantDigest(policy_, role), grant.fresh);
    const Requester who = RequesterOf(holder, group);
    const bool gives = Gives(holder, group);
    const auto entries = rights_.Of(holder, group);
    Needed needed(policy_, rights_);
    for (const rbac::Rule& rule : policy_.RulesOf(role)) {
      auto atoms = rights_.Match(rule, binding.cluster ? kNoName : binding.space, entries);
      if (!atoms) {
        atoms.error().where = policy_.Where(role, rule);
        return std::unexpected(atoms.error());
      }
      std::map<RowKey, std::pair<std::set<std::string>, AtomUse>> rows;
      for (auto& [right, use] : *atoms) {
        const Requests what = RequestsOf(right, binding);
        const bool wide = use.used && rights_.IsWide(right);
        RightState state = RightState::kUsed;
        std::string why;
        if (!use.used || wide) {
          why = use.possible && !use.used ? "a request for it does not say whether it was allowed"
                                          : Doubt(who, what, grant.since, gives);
          if (wide && use.more) why = "it was used for more than can be told apart";
          state = wide          ? RightState::kWide
                  : why.empty() ? RightState::kUnused
                                : RightState::kUnknown;
        }
        Count(grant, state, why);
        needed.Add(right, use, state, why);
        auto& [verbs, all] = rows[{state, why, std::string(what.group), std::string(what.resource),
                                   std::string(what.url), std::string(what.name)}];
        verbs.emplace(what.verb);
        Join1(all, use);
      }
      AddRows(policy_.Where(role, rule), rows, grant);
    }
    grant.needed = needed.Rules();
    TakeSubject(grant, holder, group, entries);
    review_.grants.push_back(std::move(grant));
    return {};
  }

  static void Count(ReviewedGrant& grant, RightState state, const std::string& why) {
    switch (state) {
      case RightState::kUsed:
        ++grant.used;
        break;
      case RightState::kWide:
        ++(why.empty() ? grant.wide : grant.unknown);
        break;
      case RightState::kUnused:
        ++grant.unused;
        break;
      case RightState::kUnknown:
        ++grant.unknown;
        break;
    }
  }

  static void Join1(AtomUse& to, const AtomUse& from) {
    to.use.count += from.use.count;
    if (from.use.first != 0 && (to.use.first == 0 || from.use.first < to.use.first))
      to.use.first = from.use.first;
    to.use.last = std::max(to.use.last, from.use.last);
    to.concrete.insert(from.concrete.begin(), from.concrete.end());
  }

  /// Names that have the same verbs are told together.
  void AddRows(const std::string& where,
               const std::map<RowKey, std::pair<std::set<std::string>, AtomUse>>& rows,
               ReviewedGrant& grant) const {
    std::map<std::tuple<RightState, std::string, std::string, std::string, std::string, bool,
                        std::set<std::string>>,
             ReviewedRow>
        merged;
    for (const auto& [key, value] : rows) {
      const auto& [state, why, group, resource, url, name] = key;
      ReviewedRow& row = merged[{state, why, group, resource, url, name.empty(), value.first}];
      row.state = state;
      row.why = why;
      row.group = group;
      row.resource = resource;
      row.url = url;
      row.where = where;
      row.verbs.assign(value.first.begin(), value.first.end());
      if (!name.empty()) row.names.push_back(name);
      row.use.count += value.second.use.count;
      row.use.last = std::max(row.use.last, value.second.use.last);
      const int64_t first = value.second.use.first;
      if (first != 0 && (row.use.first == 0 || first < row.use.first)) row.use.first = first;
      for (std::string& told : UsedAs(value.second.concrete))
        row.used_as.push_back(std::move(told));
    }
    for (auto& [key, row] : merged) grant.rows.push_back(std::move(row));
  }

  std::vector<std::string> UsedAs(const std::set<OneRight>& concrete) const {
    const auto& names = state_.learner.names;
    std::map<std::string, std::set<std::string>> verbs;
    for (const OneRight& right : concrete) {
      std::string what(names.Text(right.url != kNoName ? right.url : right.resource));
      if (right.group != rbac::Names::kEmpty) what += "." + std::string(names.Text(right.group));
      verbs[what].emplace(names.Text(right.verb));
    }
    std::vector<std::string> told;
    for (const auto& [what, list] : verbs) {
      if (told.size() == kMostToldUses) {
        told.push_back(fmt::format("and {} more", verbs.size() - kMostToldUses));
        break;
      }
      told.push_back(Join(list, " ") + " " + what);
    }
    return told;
  }

  void TakeSubject(const ReviewedGrant& grant, const std::string& holder, bool group,
                   const std::vector<UsedRights::Entry>& entries) {
    const auto [at, first] = subjects_.try_emplace(grant.who);
    ReviewedSubject& subject = at->second;
    if (first) {
      subject.who = grant.who;
      subject.kept = grant.kept;
      if (group) subject.seen = rights_.Members(holder);
      subject.came = group ? !subject.seen.empty() : RequesterOf(holder, false).seen;
      if (subject.seen.size() > kMostSeen) subject.seen.resize(kMostSeen);
      for (const auto& entry : entries) {
        if (entry.possible) continue;
        subject.use.count += entry.use->count;
        subject.use.last = std::max(subject.use.last, entry.use->last);
        if (entry.use->first != 0 &&
            (subject.use.first == 0 || entry.use->first < subject.use.first))
          subject.use.first = entry.use->first;
      }
    }
    if (grant.kept.empty()) subject.kept.clear();
    ++subject.grants;
    subject.used += grant.used;
    subject.wide += grant.wide;
    subject.unused += grant.unused;
    subject.unknown += grant.unknown;
    review_.fresh_grants += grant.fresh;
    if (!grant.kept.empty()) return;
    review_.used += grant.used;
    review_.wide += grant.wide;
    review_.unused += grant.unused;
    review_.unknown += grant.unknown;
    review_.unused_grants += grant.unused + grant.wide > 0 ? 1 : 0;
    review_.unknown_grants += grant.unused + grant.wide == 0 && grant.unknown > 0 ? 1 : 0;
  }

  const rbac::Evaluator& evaluator_;
  const rbac::Policy& policy_;
  const ReviewState& state_;
  const Recorder& recorder_;
  const ReviewOptions& options_;
  Review& review_;
  const UsedRights rights_;
  std::set<std::string, std::less<>> givers_;
  std::vector<StandIn> silent_;
  std::map<std::string, int64_t> created_;
  std::map<std::string, ReviewedSubject> subjects_;
};

}  // namespace

const char* ToString(RightState state) {
  constexpr const char* kWords[] = {"used", "wide", "unused", "unknown"};
  return kWords[static_cast<size_t>(state)];
}

Result<Review> MakeReview(const rbac::Evaluator& evaluator, const ReviewState& state,
                          const Recorder& recorder, const ReviewOptions& options) {
  Review review;
  review.inferred = recorder.empty();
  FillWindow(state, options, review);
  if (auto ok = Reviewer(evaluator, state, recorder, options, review).Run(); !ok)
    return std::unexpected(ok.error());
  return review;
}

void RememberGrants(const rbac::Policy& policy, const Review& review, ReviewState& state) {
  std::map<std::string, auditlog::KnownGrant> now;
  // A grant that could not be read is not gone, and must not come back as a new one.
  if (!policy.unread.empty()) now = state.grants;
  const bool first = state.grants.empty();
  state.new_grants += review.fresh_grants;
  for (const ReviewedGrant& grant : review.grants) {
    const std::string key = GrantKey(grant);
    const std::string digest = GrantDigest(policy, *grant.role);
    const auto known = state.grants.find(key);
    const bool same = known != state.grants.end() && known->second.digest == digest;
    now[key] = {digest, same ? known->second.since : first ? grant.since : review.to};
  }
  state.grants = std::move(now);
}

}  // namespace seawall::review
