#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "app/app.h"
#include "app/confine.h"
#include "app/harden_journals.h"
#include "app/harden_live.h"
#include "app/harden_options.h"
#include "app/harden_watch.h"
#include "app/rbac_review_apply.h"
#include "app/run.h"
#include "app/ssh_harden.h"
#include "app/terminal.h"
#include "base/text.h"
#include "cluster/values.h"
#include "harden/apply.h"
#include "harden/journal.h"
#include "harden/root_writer.h"
#include "live/validators.h"
#include "report/plan_handover.h"
#include "report/plan_text.h"
#include "report/redact.h"

namespace seawall::app {
namespace {

std::unexpected<Error> Usage(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, "understand `seawall harden`", "", std::move(why),
              std::move(todo));
}

/// Whole, with mode 0600: nobody else needs to know what is going to be changed.
Result<void> StorePlan(const std::string& file, const std::string& text) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(file, error);
  if (error || !path.has_filename())
    return Fail(ErrorCode::kUsage, "write the plan", file, "this is no file's name", "");
  auto writer = harden::RootWriter::Open(path.parent_path().string());
  if (!writer) return std::unexpected(writer.error());
  const std::string name = "/" + path.filename().string();
  auto seen = writer->Look(name, harden::LookAt::kBytes);
  if (!seen) return std::unexpected(seen.error());
  if (seen->state.exists && !seen->regular)
    return Fail(ErrorCode::kNotRegular, "write the plan", file, "something else lies there", "");
  return writer->Replace(name, seen->state, {text, 0600, geteuid(), getegid(), -1},
                         "." + path.filename().string() + ".tmp");
}

Result<void> ShowPlan(const Arguments& arguments, const harden::Plan& plan,
                      const std::string& text) {
  const std::string format = arguments.Get("output", "text");
  if (format == "json") return WriteOut(text);
  if (format == "ansible") return WriteOut(report::PlanForAnsible(plan));
  if (format == "kubeadm-patch") return WriteOut(report::PlanForKubeadm(plan));
  if (format == "rke2-config") return WriteOut(report::PlanForRke2(plan));
  if (format == "unified-diff") {
    bool hidden = false;
    const std::string diff = report::PlanAsDiff(plan, &hidden);
    if (hidden)
      std::cerr << "seawall: something that looks like a secret is hidden: patch will not take "
                   "this diff\n";
    return WriteOut(diff);
  }
  return WriteOut(report::PlanForPeople(plan, {UseColor(arguments), TerminalWidth()}));
}

/// What only reads, and writes a plan at most, gives up everything else first.
Result<void> EnterSandbox(const Arguments& arguments) {
  const bool here = !arguments.Has("root") || arguments.Get("root") == "/";
  // Whether anybody lives on ABAC is asked of the API servers, and of etcd's members where they
  // find each other; a profile may ask for it too.
  const auto& sets = arguments.All("set");
  const bool asks =
      std::ranges::any_of(sets,
                          [](const std::string& set) {
                            return set.starts_with("abac-window=") || set.starts_with("etcd-pki=");
                          }) ||
      ProfileIsFile(arguments);
  sandbox::Profile profile =
      ProfileOf(arguments, {}, here, here && asks ? Speaks::kNetwork : Speaks::kNobody);
  std::error_code error;
  const std::filesystem::path out = std::filesystem::absolute(arguments.Get("out"), error);
  if (arguments.Has("out") && !error) profile.write.push_back(out.parent_path().string());
  return Confine(arguments, profile);
}

Result<int> RunPlan(const Arguments& arguments) {
  if (arguments.positional.size() > 1)
    return Usage(fmt::format("plan takes no '{}'", PrintableShort(arguments.positional[1], 60)),
                 "name the tree with --root DIR, and the plan's file with --out");
  auto job = ReadHardenJob(arguments);
  if (!job) return std::unexpected(job.error());
  auto plan = harden::MakePlan(job->files, job->request);
  if (!plan) return std::unexpected(plan.error());
  const std::string text = harden::PlanText(*plan);
  if (arguments.Has("out")) {
    if (auto stored = StorePlan(arguments.Get("out"), text); !stored)
      return std::unexpected(stored.error());
  }
  if (auto shown = ShowPlan(arguments, *plan, text); !shown) return std::unexpected(shown.error());
  return plan->Changes() == 0 && plan->handed_over.empty() ? kExitClean : kExitFindings;
}

Result<bool> Agreed(const Arguments& arguments, const std::string& question) {
  if (arguments.Has("yes") || arguments.Has("dry-run")) return true;
  return AskYes(question);
}

Result<void> NeedsOffline(const Arguments& arguments, const std::string& root) {
  if (arguments.Has("offline") || IsLive(arguments, root)) return {};
  return Usage(fmt::format("what runs from {} cannot be restarted from here", Printable(root)),
               "--offline says that nothing runs from this tree");
}

struct StoredPlan {
  harden::Plan plan;
  std::string text, digest;
};

/// The plan of an apply that was interrupted, from its journal: the same command finishes it.
Result<std::optional<StoredPlan>> PlanLeftBehind(const Arguments& arguments) {
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  auto text = harden::InterruptedPlan(*root);
  if (!text) return std::unexpected(text.error());
  if (!*text) return std::nullopt;
  auto plan = harden::ReadPlan("the journal's plan", **text);
  if (!plan) return std::unexpected(plan.error());
  // A tree may lie elsewhere now, or say what it likes: this one is changed, and no other.
  plan->root = *root;
  std::cerr << "seawall: an apply was interrupted here: its plan is finished, as it was made\n";
  return StoredPlan{std::move(*plan), **text, harden::PlanDigest(**text)};
}

/// The plan of the file, or one that is made now of plan's own selectors.
Result<StoredPlan> TakePlan(const Arguments& arguments) {
  if (arguments.positional.size() < 2) {
    auto left = PlanLeftBehind(arguments);
    if (!left) return std::unexpected(left.error());
    if (*left) return std::move(**left);
    auto job = ReadHardenJob(arguments);
    if (!job) return std::unexpected(job.error());
    auto plan = harden::MakePlan(job->files, job->request);
    if (!plan) return std::unexpected(plan.error());
    const std::string text = harden::PlanText(*plan);
    return StoredPlan{std::move(*plan), text, harden::PlanDigest(text)};
  }
  const std::string& file = arguments.positional[1];
  auto files = OpenRoot("/");
  if (!files) return std::unexpected(files.error());
  std::error_code error;
  auto text = (*files)->Read(std::filesystem::absolute(file, error).string());
  if (!text) return std::unexpected(text.error());
  auto plan = harden::ReadPlan(file, *text);
  if (!plan) return std::unexpected(plan.error());
  if (arguments.Has("root")) {
    auto root = HardenRoot(arguments);
    if (!root) return std::unexpected(root.error());
    if (*root != plan->root)
      return Usage(fmt::format("the plan was made for {}", Printable(plan->root)),
                   "make a plan for this tree");
  }
  return StoredPlan{std::move(*plan), *text, harden::PlanDigest(*text)};
}

/// A plan from a file says what was seen when it was made; somebody may live on ABAC since.
Result<void> AbacStillQuiet(const Arguments& arguments, const harden::Plan& plan) {
  bool stands_on_it = false;
  for (const harden::Step& step : plan.steps) {
    for (const harden::PlannedChange& planned : step.changes)
      for (const std::string& note : planned.notes)
        stands_on_it = stands_on_it || note.contains(harden::kAbacWasQuiet);
  }
  if (!stands_on_it || arguments.positional.size() < 2) return {};
  auto job = ReadHardenJob(arguments);
  if (!job) return std::unexpected(job.error());
  const auto given = job->request.set.find("abac-window");
  const auto window =
      given == job->request.set.end() ? std::nullopt : cluster::ParseDuration(given->second);
  if (!window || *window < 1'000'000'000)
    return Usage(
        "whether anybody lives on ABAC was seen when the plan was made, and has to be seen "
        "again",
        "--set abac-window=24h");
  auto quiet = AbacQuietHere(arguments)(*window / 1'000'000'000);
  if (!quiet) return std::unexpected(quiet.error());
  return {};
}

/// Components that read a file of the plan and were not restarted: a person has to.
void AddReaders(const harden::Plan& plan, std::vector<std::string>& unproven) {
  for (const harden::Step& step : plan.steps) {
    for (const harden::PlannedChange& planned : step.changes) {
      for (const std::string& note : planned.notes) {
        if (note.contains(harden::kReadsItToo))
          unproven.push_back(Printable(planned.change.path + ": " + note));
      }
    }
  }
}

/// Where the components run: restarted and proven one by one. `waits`: for a confirmation, as the
/// journal of an apply that was finished may, too.
Result<int> ApplyLive(const Arguments& arguments, const StoredPlan& stored,
                      harden::ApplyOptions options, bool& waits) {
  auto confirm = ConfirmSeconds(arguments);
  if (!confirm) return std::unexpected(confirm.error());
  auto session = LiveSession::Open(arguments);
  if (!session) return std::unexpected(session.error());
  live::LiveKeeper& keeper = (*session)->keeper();
  if (auto valid = live::AskValidators(stored.plan); !valid) return std::unexpected(valid.error());
  if (!options.dry_run && stored.plan.Changes() > 0) {
    if (auto locked = (*session)->LockCluster(arguments); !locked)
      return std::unexpected(locked.error());
    if (auto well = keeper.CheckBefore(stored.plan); !well) return std::unexpected(well.error());
  }
  options.keeper = &keeper;
  live::Safeguard& safeguard = (*session)->safeguard();
  options.check = [&]() -> Result<void> {
    if (auto quiet = AbacStillQuiet(arguments, stored.plan); !quiet) return quiet;
    return safeguard.Check(stored.plan);
  };
  options.guard = [&](const harden::Journal& journal) {
    return safeguard.Make(stored.plan, journal);
  };
  options.confirm_seconds = *confirm;
  // The journal decides: that of an apply that is finished now may wait for a confirmation too.
  options.begun = [&](const harden::Journal& journal) -> Result<void> {
    if (journal.confirm_seconds == 0) return {};
    return StartWatcher(arguments, journal);
  };
  auto applied = harden::ApplyPlan("/", stored.plan, stored.digest, options);
  if (!applied) return std::unexpected(applied.error());
  std::vector<std::string> unproven = keeper.unproven();
  if (applied->ended == harden::Ended::kDone) AddReaders(stored.plan, unproven);
  auto status = TellApplied(arguments, *applied, "applied", unproven);
  if (!status) return status;
  waits = applied->confirm_seconds > 0 && applied->ended == harden::Ended::kDone;
  if (waits) {
    const std::string text = fmt::format("taken back in {} s unless: seawall harden confirm\n",
                                         applied->confirm_seconds);
    if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  }
  // 130 says that it was taken back, which is only true when it was, and when all runs again.
  const bool back = applied->ended == harden::Ended::kRolledBack && applied->not_running.empty();
  return LiveSession::Interrupted() && back ? kExitInterrupted : *status;
}

/// `more` becomes true when the cluster has come to a state from which another plan goes on.
Result<int> ApplyOnce(const Arguments& arguments, bool agreed, bool& more) {
  auto stored = TakePlan(arguments);
  if (!stored) return std::unexpected(stored.error());
  const std::string& root = stored->plan.root;
  if (auto ok = NeedsOffline(arguments, root); !ok) return std::unexpected(ok.error());
  Result<bool> yes = agreed;
  if (!agreed)
    yes = Agreed(arguments,
                 fmt::format("Make {} change{} below {}?", stored->plan.Changes(),
                             stored->plan.Changes() == 1 ? "" : "s", Printable(stored->plan.root)));
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return Usage("nothing was changed", "");
  harden::ApplyOptions options;
  options.plan_text = stored->text;
  options.now = std::time(nullptr);
  options.dry_run = arguments.Has("dry-run");
  if (IsLive(arguments, root)) {
    bool waits = false;
    auto status = ApplyLive(arguments, *stored, options, waits);
    // With --ssh the other nodes come first, and a confirmation before anything else.
    const bool may = arguments.positional.size() < 2 && !arguments.Has("holder") &&
                     !arguments.Has("dry-run") && !arguments.Has("confirm") && !waits;
    if (status && *status == kExitClean && !stored->plan.Waits().empty()) {
      for (const std::string& why : stored->plan.Waits())
        std::cerr << "seawall: it goes on later: " << Printable(why) << ": " << harden::kOthersFirst
                  << "\n";
      if (stored->plan.Changes() == 0) status = kExitUnknown;
    }
    more = may && status && (*status == kExitClean || *status == kExitUnknown) &&
           stored->plan.Changes() > 0 && stored->plan.HasNextStage();
    return status;
  }
  if (arguments.Has("confirm"))
    return Usage("nothing runs from this tree that could be tried", "leave --confirm out");
  auto applied = harden::ApplyPlan(root, stored->plan, stored->digest, options);
  if (!applied) return std::unexpected(applied.error());
  return TellApplied(arguments, *applied, "applied", {});
}

Result<int> RunApply(const Arguments& arguments) {
  int worst = kExitClean;
  for (int stage = 1; stage <= kMostHardenStages; ++stage) {
    bool more = false;
    auto status = ApplyOnce(arguments, stage > 1, more);
    if (!status && stage > 1) {
      // 2 would say that nothing was changed.
      std::cerr << "seawall: " << status.error().ToString() << "\n";
      status = kExitUnknown;
    }
    if (!status) return status;
    worst = WorseStatus(worst, *status);
    if (!more) break;
    std::cerr << "seawall: the next stage\n";
  }
  return worst;
}

/// The plan that a journal keeps; nullopt where it keeps none that can be read.
std::optional<harden::Plan> PlanOfJournal(const std::string& root, const std::string& id) {
  auto writer = harden::RootWriter::Open(root);
  if (!writer) return std::nullopt;
  auto journal = harden::LoadJournal(*writer, id);
  if (!journal) return std::nullopt;
  auto text = harden::StoredPlanOf(*writer, *journal);
  if (!text || !*text) return std::nullopt;
  auto plan = harden::ReadPlan("the journal's plan", **text);
  return plan ? std::optional(std::move(*plan)) : std::nullopt;
}

Result<int> RunRollback(const Arguments& arguments) {
  if (!arguments.Has("offline")) {
    auto status = RollBackReview(arguments);
    if (!status) return std::unexpected(status.error());
    if (*status) return **status;
  }
  auto root = HardenRoot(arguments);
  if (!root) return std::unexpected(root.error());
  if (auto ok = NeedsOffline(arguments, *root); !ok) return std::unexpected(ok.error());
  harden::RollbackOptions options;
  if (arguments.positional.size() > 1) options.id = arguments.positional[1];
  auto yes = Agreed(arguments, fmt::format("Take {} back below {}?",
                                           options.id.empty() ? "the last changes" : options.id,
                                           Printable(*root)));
  if (!yes) return std::unexpected(yes.error());
  if (!*yes) return Usage("nothing was changed", "");
  options.now = std::time(nullptr);
  options.dry_run = arguments.Has("dry-run");
  options.untouched = arguments.Has("untouched");
  std::unique_ptr<LiveSession> session;
  if (IsLive(arguments, *root)) {
    auto opened = LiveSession::Open(arguments);
    if (!opened) return std::unexpected(opened.error());
    session = std::move(*opened);
    options.keeper = &session->keeper();
    if (!options.dry_run) {
      if (auto locked = session->LockCluster(arguments); !locked)
        return std::unexpected(locked.error());
      session->keeper().NoteWell();
    }
  }
  auto applied = harden::RollBack(*root, options);
  if (!applied) return std::unexpected(applied.error());
  if (session && !options.dry_run) ForgetWatcher(applied->id);
  applied->proofs.clear();
  std::vector<std::string> unproven;
  if (session) {
    unproven = session->keeper().unproven();
    if (auto plan = PlanOfJournal(*root, applied->id); plan && !options.dry_run)
      AddReaders(*plan, unproven);
  }
  return TellApplied(arguments, *applied, "rolled back", unproven);
}

/// Options that belong to --ssh are refused there without it.
bool IsOverSsh(const Arguments& arguments) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"ssh", "ssh-config", "sudo", "remote-dir", "ssh-timeout",
                                         "canary"},
      [&](const char* option) { return arguments.Has(option); });
}

}  // namespace

Result<int> RunHarden(const Arguments& arguments) {
  const std::string& what = arguments.positional[0];
  const std::string_view known[] = {"plan",    "apply", "confirm", "rollback", "status",
                                    "history", "fsck",  "prune",   "unlock"};
  if (std::ranges::find(known, what) != std::end(known) && IsOverSsh(arguments))
    return RunHardenOverSsh(arguments);
  const bool changes = what == "apply" || what == "rollback" || what == "watch" ||
                       what == "confirm" || what == "unlock" || what == "prune";
  if (!changes) {
    if (auto ok = EnterSandbox(arguments); !ok) return std::unexpected(ok.error());
  }
  if (what == "plan") return RunPlan(arguments);
  if (what == "apply") return RunApply(arguments);
  if (what == "rollback") return RunRollback(arguments);
  if (what == "status") return RunHardenStatus(arguments);
  if (what == "history") return RunHardenHistory(arguments);
  if (what == "fsck") return RunHardenFsck(arguments);
  if (what == "prune") return RunHardenPrune(arguments);
  if (what == "confirm") return RunHardenConfirm(arguments);
  if (what == "watch") return RunHardenWatch(arguments);
  if (what == "unlock") return RunHardenUnlock(arguments);
  const auto near = Closest(what, known);
  return Usage(
      fmt::format("it does not know '{}'", PrintableShort(what, 60)),
      near ? fmt::format("did you mean {}?", *near)
           : "it knows plan, apply, confirm, rollback, status, history, fsck, prune and unlock");
}

}  // namespace seawall::app
