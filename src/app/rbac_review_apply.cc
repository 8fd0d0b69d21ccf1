#include "app/rbac_review_apply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "api/servers.h"
#include "app/app.h"
#include "app/cluster_api.h"
#include "app/harden_live.h"
#include "app/harden_options.h"
#include "app/rbac_review_questions.h"
#include "app/terminal.h"
#include "auditlog/time.h"
#include "base/text.h"
#include "live/object_apply.h"
#include "live/object_owner.h"
#include "rbac/live_objects.h"
#include "rbac/manifests.h"
#include "report/redact.h"
#include "review/policy_yaml.h"
#include "review/proposal.h"

namespace seawall::app {
namespace {

using review::ProposedObject;

constexpr const char* kAttempt = "apply the review";
constexpr const char* kGroup = "/apis/rbac.authorization.k8s.io/v1";

std::unexpected<Error> Refuse(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, kAttempt, "", std::move(why), std::move(todo));
}

std::string PathOf(const ProposedObject& object) {
  const bool cluster = object.kind.starts_with("Cluster");
  const size_t slash = cluster ? std::string::npos : object.name.find('/');
  const std::string name = slash == std::string::npos ? object.name : object.name.substr(slash + 1);
  const std::string space =
      slash == std::string::npos ? "" : "/namespaces/" + api::Escape(object.name.substr(0, slash));
  return fmt::format("{}{}/{}s/{}", kGroup, space, Lower(object.kind), api::Escape(name));
}

/// The object as the review tells of it.
Result<std::string> AsReviewed(const ProposedObject& object, const yaml::Value& live) {
  rbac::LiveObjects objects(object.kind.c_str());
  if (auto ok = objects.Add(live); !ok) return std::unexpected(ok.error());
  const rbac::Policy policy = objects.Take();
  if (!policy.roles.empty()) {
    const rbac::Role& role = policy.roles.front();
    return review::RoleYaml(policy, role, review::RulesOf(policy, role));
  }
  if (!policy.bindings.empty()) return review::BindingYaml(policy, policy.bindings.front());
  return std::string();
}

/// Why nothing may be concluded from the logs up to this very moment.
Result<void> CheckWindow(const LoadedPolicy& loaded, const review::Review& review) {
  if (const auto unread = UnreadLists(loaded.policy); !unread.empty())
    return Refuse(Printable(unread.front()), "use credentials that may list all of RBAC");
  if (!review.doubts.empty())
    return Refuse(Printable(review.doubts.front()) + ": what was used meanwhile is not known",
                  "give the whole log of each API server, or a window (--since) that it covers");
  const int64_t now = std::time(nullptr);
  for (const review::ReviewedServer& server : review.servers) {
    if (now - std::min(server.last, review.to) <= server.silence) continue;
    return Refuse(
        fmt::format("the log of {} says nothing since {}: what was used since then is not "
                    "known",
                    Printable(server.name), auditlog::TimeText(std::min(server.last, review.to))),
        "give the log as it is now");
  }
  return {};
}

/// Every API server of the cluster has to be among the logs.
Result<void> CheckServers(const Arguments& arguments, api::ApiClient& client, size_t logs,
                          std::vector<std::string>& unproven) {
  if (arguments.Has("all-servers")) return {};
  const auto listed = api::ListServers(client);
  const std::vector<std::string> servers = listed.value_or(std::vector<std::string>());
  if (servers.empty())
    unproven.push_back(
        "that the logs are of every API server: the cluster does not say how many "
        "there are" +
        (listed ? "" : " (" + PrintableShort(listed.error().why, 200) + ")"));
  if (servers.size() <= logs) return {};
  return Refuse(
      fmt::format("the cluster has {} API servers, and there {} of {}", servers.size(),
                  logs == 1 ? "is the log" : "are the logs", logs),
      "name the log of each (--audit-log NAME=FILE), or say that these hold the events of "
      "all: --all-servers");
}

/// What becomes of a proposal where others write some of its objects.
struct Chosen {
  review::Proposal proposal;              ///< what is changed here
  review::Proposal handed;                ///< what others have to change
  std::vector<std::string> why;           ///< of those
  std::map<std::string, std::string> is;  ///< by path, the object as the API server has it
};

class Chooser {
 public:
  Chooser(LoadedPolicy& loaded, const review::Proposal& whole) : loaded_(loaded), whole_(whole) {}

  Result<Chosen> Run() {
    auto own = api::AskOwnName(*loaded_.client);
    if (!own) return std::unexpected(own.error());
    own_ = std::move(*own);
    std::vector<size_t> ours, others;
    for (size_t i = 0; i < whole_.units.size(); ++i) {
      auto why = WhyNot(whole_.units[i]);
      if (!why) return std::unexpected(why.error());
      (why->empty() ? ours : others).push_back(i);
      if (!why->empty()) chosen_.why.push_back(*why);
    }
    chosen_.proposal = review::PartOf(whole_, ours);
    chosen_.handed = review::PartOf(whole_, others);
    return std::move(chosen_);
  }

 private:
  /// Why somebody else has to do it; "": nobody has.
  Result<std::string> WhyNot(const review::ProposedUnit& unit) {
    for (const review::ReviewedGrant* grant : unit.grants) {
      if (IsOurs(*grant))
        return fmt::format("{} of {}: it gives you ({}) what you change it with",
                           grant->binding_text, grant->role_text, Printable(own_.user));
    }
    for (const size_t index : unit.objects) {
      const ProposedObject& object = whole_.objects[index];
      if (object.where.empty()) continue;
      auto owner = OwnerOf(object);
      if (!owner) return owner;
      if (!owner->empty()) return fmt::format("{} {}: {}", object.kind, object.name, *owner);
    }
    return std::string();
  }

  bool IsOurs(const review::ReviewedGrant& grant) const {
    const rbac::Policy& policy = loaded_.policy;
    const bool group = grant.subject->kind == rbac::SubjectKind::kGroup;
    const std::string holder(policy.Text(group ? grant.subject->name : grant.subject->user));
    return group ? std::ranges::find(own_.groups, holder) != own_.groups.end()
                 : holder == own_.user;
  }

  Result<std::string> OwnerOf(const ProposedObject& object) {
    const std::string path = PathOf(object);
    const auto changed = [&] {
      return Fail(ErrorCode::kMalformed, kAttempt, object.kind + " " + object.name,
                  "somebody changed it while it was reviewed", "try again");
    };
    auto answer = loaded_.client->Get(path);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404) return changed();
    if (answer->status != 200)
      return std::unexpected(
          api::ErrorOf(*answer, "look at the object", object.kind + " " + object.name));
    auto stream = yaml::Parse(path, answer->body);
    if (!stream) return std::unexpected(stream.error());
    auto reviewed = AsReviewed(object, stream->root());
    if (!reviewed) return reviewed;
    if (*reviewed != object.before) return changed();
    chosen_.is[path] = std::move(answer->body);
    return live::OwnerOf(stream->root());
  }

  LoadedPolicy& loaded_;
  const review::Proposal& whole_;
  api::OwnIdentity own_;
  Chosen chosen_;
};

/// The changes in the order of the proposal; after which each unit is done.
Result<live::ObjectPlan> PlanOf(const Chosen& chosen, std::vector<size_t>& done) {
  live::ObjectPlan plan;
  const auto& empty = chosen.proposal.empty;
  for (const review::ProposedUnit& unit : chosen.proposal.units) {
    for (const size_t index : unit.objects) {
      const ProposedObject& object = chosen.proposal.objects[index];
      live::ObjectChange change{PathOf(object), object.kind + " " + object.name, "", ""};
      if (const auto at = chosen.is.find(change.path); at != chosen.is.end())
        change.before = at->second;
      if (std::ranges::find(empty, change.name) == empty.end()) {
        auto wanted = yaml::Parse(change.name, object.after);
        if (!wanted) return std::unexpected(wanted.error());
        const char* key = object.kind.ends_with("Binding") ? "subjects" : "rules";
        auto after = change.before.empty()
                         ? live::ObjectText(object.after)
                         : live::ObjectText(change.before, {}, {key, wanted->root()[key]});
        if (!after) return std::unexpected(after.error());
        change.after = std::move(*after);
      }
      plan.changes.push_back(std::move(change));
    }
    done.push_back(plan.changes.size() - 1);
  }
  return plan;
}

/// What is done here, and what is not.
std::string Shown(const Chosen& chosen) {
  std::string text;
  if (!chosen.why.empty()) {
    text += "not changed here, for others write it:\n";
    for (const std::string& why : chosen.why) text += "  " + Printable(why) + "\n";
    text += "what they would have to write:\n" + review::ProposalDiff(chosen.handed);
  }
  if (chosen.proposal.objects.empty()) return text;
  if (!chosen.why.empty()) text += "changed here:\n";
  text += review::ProposalDiff(chosen.proposal);
  for (const std::string& binding : chosen.proposal.empty)
    text += Printable(binding) + " binds nobody any more, and is deleted\n";
  return text;
}

live::ObjectRun RunOf(const Arguments& arguments, const std::string& root,
                      std::shared_ptr<api::ApiClient> client) {
  live::ObjectRun run;
  run.root = root;
  run.client = std::move(client);
  run.lock = LockWish(arguments);
  run.now = std::time(nullptr);
  run.dry_run = arguments.Has("dry-run");
  run.untouched = arguments.Has("untouched");
  run.say = SayOnStderr;
  run.interrupted = LiveSession::Interrupted;
  return run;
}

Result<int> Told(const Arguments& arguments, const live::ObjectsApplied& done, const char* word) {
  auto status = TellApplied(arguments, done.applied, word, done.unproven);
  const bool back = done.applied.ended == harden::Ended::kRolledBack;
  return status && back && LiveSession::Interrupted() ? Result<int>(kExitInterrupted) : status;
}

Result<bool> Consent(const Arguments& arguments, const std::string& question) {
  if (arguments.Has("yes") || arguments.Has("dry-run")) return true;
  return AskYes(question);
}

std::string Absolute(const std::string& file) {
  std::error_code error;
  return file.empty() ? "" : std::filesystem::absolute(file, error).string();
}

}  // namespace

Result<void> CheckApplyOptions(const Arguments& arguments) {
  if (!arguments.Has("apply")) {
    for (const char* option : {"yes", "dry-run", "root", "take-over", "all-servers"}) {
      if (arguments.Has(option))
        return Refuse(fmt::format("--{} is of --apply", option), "add --apply, or leave it out");
    }
    return {};
  }
  if (arguments.Has("filename") || arguments.Has("bundle"))
    return Refuse("there is no cluster that could be changed: the objects come from files",
                  "-o diff shows what to take away, -o yaml is for kubectl apply; or name the "
                  "cluster with --kubeconfig");
  if (!arguments.Has("audit-policy"))
    return Refuse(
        "without the audit policy in force, that nobody used a right is a guess: what the "
        "logs have of somebody, they may not have of everybody",
        "name it with --audit-policy FILE");
  if (arguments.Has("follow"))
    return Refuse("--follow only looks", "review once, with --audit-log and --apply");
  if (arguments.Has("output"))
    return Refuse("--apply shows the proposal as a diff", "leave out -o");
  return {};
}

Result<std::optional<int>> FinishReviewApply(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto plan = live::InterruptedObjects(*root);
  if (!plan) return std::unexpected(plan.error());
  if (!*plan) return std::nullopt;
  std::cerr << "seawall: an apply was interrupted here: its plan is finished, as it was made\n";
  if (arguments.Has("dry-run")) {
    std::string text;
    for (const live::ObjectChange& change : (*plan)->changes)
      text += fmt::format("would change {}\n", Printable(change.name));
    if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
    return kExitClean;
  }
  auto yes =
      Consent(arguments, fmt::format("Finish what was begun at {}?", Printable((*plan)->server)));
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return Refuse("nothing was changed", "");
  auto client = OpenApi(arguments);
  if (!client) return std::unexpected(client.error());
  const CaughtSignals caught;
  auto done = live::FinishObjects(RunOf(arguments, *root, std::move(*client)));
  if (!done) return std::unexpected(done.error());
  auto status = Told(arguments, *done, "applied");
  if (!status) return std::unexpected(status.error());
  return *status;
}

Result<int> ApplyReview(const Arguments& arguments, LoadedPolicy& loaded,
                        const auditlog::ReviewState& state, const review::Review& review) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  std::vector<std::string> unproven;
  if (auto ok = CheckWindow(loaded, review); !ok) return std::unexpected(ok.error());
  auto servers = CheckServers(arguments, *loaded.client, review.servers.size(), unproven);
  if (!servers) return std::unexpected(servers.error());
  auto whole = review::MakeProposal(*loaded.evaluator, state, review);
  if (!whole) return std::unexpected(whole.error());
  if (whole->objects.empty()) {
    if (auto ok = WriteOut("nothing to do\n"); !ok) return std::unexpected(ok.error());
    return kExitClean;
  }
  auto chosen = Chooser(loaded, *whole).Run();
  if (!chosen) return std::unexpected(chosen.error());
  if (auto ok = WriteOut(Shown(*chosen)); !ok) return std::unexpected(ok.error());
  const review::Proposal& proposal = chosen->proposal;
  if (proposal.units.empty())
    return Refuse("others write every object that would be changed",
                  "give them what is shown above");
  if (auto ok = review::CheckProposal(*loaded.evaluator, state, proposal); !ok)
    return std::unexpected(ok.error());
  std::vector<size_t> done;
  auto plan = PlanOf(*chosen, done);
  if (!plan) return std::unexpected(plan.error());
  const std::string with = review::PolicyWith(loaded.policy, proposal);
  auto policy = rbac::ReadManifests({{"proposal", with}}, {.strict = true});
  if (!policy) return std::unexpected(policy.error());
  plan->questions =
      QuestionsOf(*loaded.evaluator, rbac::Evaluator(*policy), state, proposal, done, unproven);
  plan->unproven = std::move(unproven);
  plan->kubeconfig = Absolute(arguments.Get("kubeconfig"));
  plan->context = arguments.Get("context");
  if (auto can = live::CheckObjects(*loaded.client, *plan); !can)
    return std::unexpected(can.error());
  harden::Applied dry;
  for (const live::ObjectChange& change : plan->changes) dry.changed.push_back(change.name);
  if (arguments.Has("dry-run")) return TellApplied(arguments, dry, "", {});
  auto yes = Consent(arguments, fmt::format("Make {} change{} at {}?", plan->changes.size(),
                                            plan->changes.size() == 1 ? "" : "s", plan->server));
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return Refuse("nothing was changed", "");
  const CaughtSignals caught;
  auto applied = live::ApplyObjects(*plan, RunOf(arguments, *root, std::move(loaded.client)));
  if (!applied) return std::unexpected(applied.error());
  return Told(arguments, *applied, "applied");
}

Result<std::optional<int>> RollBackReview(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  const std::string id = arguments.positional.size() > 1 ? arguments.positional[1] : "";
  auto plan = live::ObjectsOfJournal(*root, id);
  if (!plan) return std::unexpected(plan.error());
  if (!*plan) return std::nullopt;
  Arguments named = arguments;
  if (!WantsApi(arguments)) {
    if (!(*plan)->kubeconfig.empty()) named.values["kubeconfig"] = {(*plan)->kubeconfig};
    if (!(*plan)->context.empty()) named.values["context"] = {(*plan)->context};
  }
  auto yes =
      Consent(arguments, fmt::format("Take {} back at {}?", id.empty() ? "the last changes" : id,
                                     Printable((*plan)->server)));
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return Refuse("nothing was changed", "");
  auto client = OpenApi(named);
  if (!client) return std::unexpected(client.error());
  const CaughtSignals caught;
  auto done = live::RollBackObjects(id, RunOf(arguments, *root, std::move(*client)));
  if (!done) return std::unexpected(done.error());
  auto status = Told(arguments, *done, "rolled back");
  if (!status) return std::unexpected(status.error());
  return *status;
}

}  // namespace seawall::app
