#include "live/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "base/text.h"
#include "live/etcd_health.h"
#include "live/health.h"
#include "live/last_words.h"
#include "live/machine.h"
#include "live/restart.h"

namespace seawall::live {
namespace {

using cluster::Component;
using cluster::Node;
using harden::FindingName;
using harden::StepWork;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(150);
constexpr int kGraceSeconds = 60;  ///< kube-apiserver ends its requests first
constexpr int kSelfSeconds = 20;   ///< in which whoever keeps a process starts it again
constexpr int kOthersSeconds = 120;
constexpr int kSettleBackSeconds = 5;  ///< after a rollback: what ran before is known to run
/// In which the kubelet would have taken a manifest up: it looks every 20 s at the latest.
constexpr int kUnnoticedSeconds = 30;
constexpr int kMostCrashes = 2;
constexpr size_t kMostProcesses = 4;        ///< of one that nobody counts: some ends are not seen
constexpr int64_t kTolerance = 2000000000;  ///< the boot time is known to the second only
constexpr size_t kLines = 8;

std::string Endpoint(const proofs::Proven& proven, const rules::Finding& finding) {
  return std::string(finding.rule->id) + " at " + proven.endpoint.ToString();
}

/// What the component's listeners did that they should not.
std::map<std::string, std::string> Failing(const std::vector<proofs::Proven>& proven) {
  std::map<std::string, std::string> failing;
  for (const proofs::Proven& one : proven) {
    for (const rules::Finding& finding : one.findings) {
      if (finding.outcome.verdict == rules::Verdict::kFail)
        failing[Endpoint(one, finding)] = finding.outcome.reason;
    }
  }
  return failing;
}

/// Listeners that spoke without TLS.
std::set<std::string> InTheClear(const std::vector<proofs::Proven>& proven) {
  std::set<std::string> endpoints;
  for (const proofs::Proven& one : proven) {
    for (const rules::Finding& finding : one.findings) {
      if (finding.rule->id == std::string_view("served-no-plain-http") &&
          finding.outcome.verdict == rules::Verdict::kFail)
        endpoints.insert(one.endpoint.ToString());
    }
  }
  return endpoints;
}

int SecondsSince(Clock::time_point begin) {
  return static_cast<int>(
      std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count());
}

}  // namespace

/// What was there before a step.
struct LiveKeeper::Before {
  std::optional<Incarnation> process;
  PodLog log;
  std::string error_file;
  std::optional<Launch> launch;  ///< of a process that is ended by us
  std::set<std::string> failing, in_the_clear;

  /// What its TLS lacks is no loss where it had none.
  bool Failed(const std::string& name) const {
    return failing.contains(name) ||
           std::ranges::any_of(in_the_clear, [&](const std::string& endpoint) {
             return name.ends_with(" at " + endpoint);
           });
  }
};

/// What a component has to come to.
struct LiveKeeper::Goal {
  int64_t since_ns = 0;  ///< it was started after this
  std::optional<Incarnation> not_this;
  int settle_seconds = 0;
  /// The process from before will do as well, when it stays for so long; 0: it will not.
  int old_settle_seconds = 0;
  bool forward = true;   ///< an apply; what is taken back is waited for, whatever it does
  PodLog log;            ///< before
  int own_restarts = 0;  ///< that are no crashes
};

LiveKeeper::LiveKeeper(KeeperOptions options) : options_(std::move(options)) {}
LiveKeeper::~LiveKeeper() = default;

void LiveKeeper::Say(const StepWork& step, const std::string& text) const {
  if (options_.say) options_.say(step.component + ": " + text);
}

std::unexpected<Error> LiveKeeper::Failed(const StepWork& step, std::string why) const {
  auto node = ReadMachine(options_.read);
  const Component* component = node ? FindComponent(*node, step.component, step.instance) : nullptr;
  if (component != nullptr) {
    const auto known = before_.find(step.number);
    const std::string words =
        LastWords(*component, known == before_.end() ? "" : known->second->error_file, kLines);
    if (!words.empty()) why += "; the last that it said:\n" + words;
  }
  return Fail(ErrorCode::kIo, "prove " + step.component, step.instance, std::move(why), "");
}

Result<void> LiveKeeper::CheckBefore(const harden::Plan& plan) {
  const auto until = Clock::now() + std::chrono::seconds(kOthersSeconds);
  for (;;) {
    auto node = ReadMachine(options_.read);
    if (!node) return std::unexpected(node.error());
    std::string wrong;
    for (const harden::Step& step : plan.steps) {
      if (step.restart.empty()) continue;
      const Component* component = FindComponent(*node, step.component, step.instance);
      if (component == nullptr || !component->process) {
        wrong = fmt::format("{} ({}) does not run", step.component, step.instance);
        break;
      }
      const Health health = AskHealth(*node, *component);
      if (!health.well) wrong = fmt::format("{} is not well: {}", step.component, health.why);
      if (!wrong.empty() || step.component != "etcd") continue;
      if (auto quorum = QuorumWithoutUs(*node); !quorum) wrong = quorum.error().why;
    }
    if (wrong.empty()) {
      NoteWell(*node);
      return MayAnnounce(plan);
    }
    if (Clock::now() > until || options_.interrupted())
      return Fail(ErrorCode::kUsage, "apply the plan", "", wrong,
                  "what is broken before cannot be proven after: mend it first, or take back what "
                  "an interrupted apply left with seawall harden rollback");
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

Result<void> LiveKeeper::AwaitEtcd(const StepWork& step) {
  std::string wrong;
  for (const auto begin = Clock::now(); SecondsSince(begin) < kOthersSeconds;
       std::this_thread::sleep_for(kLook)) {
    auto node = ReadMachine(options_.read);
    if (!node) return std::unexpected(node.error());
    wrong = IllnessOfEtcd(*node);
    if (wrong.empty()) return {};
  }
  return Failed(step, "etcd's members are not well again: " + wrong);
}

void LiveKeeper::NoteWell(const Node& node) {
  for (const Component& component : node.components) {
    if (component.process && AskHealth(node, component).well)
      well_.emplace(cluster::ToString(component.kind), component.instance);
  }
  ready_nodes_ = ReadyNodes(node);
}

void LiveKeeper::NoteWell() {
  if (auto node = ReadMachine(options_.read)) NoteWell(*node);
}

Result<void> LiveKeeper::BeforeStep(const StepWork& step) {
  if (options_.interrupted())
    return Fail(ErrorCode::kUsage, "go on", step.component, "it was interrupted", "");
  if (options_.still_ours) {
    if (auto ours = options_.still_ours(); !ours) return ours;
  }
  if (!step.restarts) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  const Component* component = FindComponent(*node, step.component, step.instance);
  if (component == nullptr) return Failed(step, "it was not found again");
  if (step.component == "etcd") {
    if (auto quorum = QuorumWithoutUs(*node); !quorum) return quorum;
    if (auto may = MayAnnounce(step); !may) return may;
  }
  auto before = std::make_unique<Before>();
  before->process = IncarnationOf(component);
  before->log = FindPodLog(*component);
  if (component->process) {
    before->error_file = ErrorFileOf(component->process->pid);
    if (HowOf(*component, step) == How::kEnded) {
      auto launch = LaunchOf(component->process->pid);
      if (launch) before->launch = std::move(*launch);
    }
  }
  auto proven = options_.prove(*node, *component);
  if (!proven) return std::unexpected(proven.error());
  for (const auto& [name, reason] : Failing(*proven)) before->failing.insert(name);
  before->in_the_clear = InTheClear(*proven);
  before_[step.number] = std::move(before);
  return {};
}

Result<void> LiveKeeper::MakeItNew(const StepWork& step, const Component& component) {
  const How how = HowOf(component, step);
  Say(step, ToString(how));
  const auto known = before_.find(step.number);
  const auto* launch =
      known != before_.end() && known->second->launch ? &*known->second->launch : nullptr;
  std::optional<Launch> now;
  switch (how) {
    case How::kManifest:
    case How::kByHand:
      return {};
    case How::kContainer:
      if (!component.process) return {};
      return EndProcess(component.process->pid, kGraceSeconds);
    case How::kUnit:
      return RestartUnit(UnitOf(component));
    case How::kEnded:
      break;
  }
  if (component.process) {
    if (launch == nullptr) {
      auto taken = LaunchOf(component.process->pid);
      if (taken) launch = &now.emplace(std::move(*taken));
    }
    if (auto ended = EndProcess(component.process->pid, kGraceSeconds); !ended) return ended;
  }
  for (const auto begin = Clock::now(); SecondsSince(begin) < kSelfSeconds;) {
    auto node = ReadMachine(options_.read);
    if (node && IncarnationOf(FindComponent(*node, step.component, step.instance))) return {};
    std::this_thread::sleep_for(kLook);
  }
  if (launch == nullptr) return Failed(step, "nobody starts it again");
  Say(step, "nobody starts it again: started as it was before");
  return Start(*launch);
}

Result<void> LiveKeeper::Await(const StepWork& step, const Goal& goal) {
  const auto begin = Clock::now();
  const auto until = begin + std::chrono::seconds(options_.ready_seconds);
  std::string why = "no new process was started";
  std::optional<Incarnation> settling;
  std::set<int> seen;
  Clock::time_point well_since{};
  for (; Clock::now() < until; std::this_thread::sleep_for(kLook)) {
    if (goal.forward && options_.interrupted()) return Failed(step, "it was interrupted");
    auto node = ReadMachine(options_.read);
    const Component* component =
        node ? FindComponent(*node, step.component, step.instance) : nullptr;
    if (component == nullptr) continue;
    const auto now = IncarnationOf(component);
    if (settling && goal.forward && (!now || now->pid != settling->pid))
      return Failed(step,
                    fmt::format("it was well and then ended after {} s", SecondsSince(well_since)));
    const PodLog log = FindPodLog(*component);
    const int crashes = log.folder == goal.log.folder
                            ? log.attempt - goal.log.attempt - goal.own_restarts
                            : log.attempt;
    if (goal.forward && crashes >= kMostCrashes)
      return Failed(step, fmt::format("it does not stay up: it ended {} times", crashes));
    const bool fresh = now && now->started_ns + kTolerance > goal.since_ns &&
                       (!goal.not_this || now->pid != goal.not_this->pid);
    if (fresh) seen.insert(now->pid);
    if (goal.forward && seen.size() >= kMostProcesses)
      return Failed(step, fmt::format("it does not stay up: it ended {} times", seen.size() - 1));
    const int settle = fresh ? goal.settle_seconds : goal.old_settle_seconds;
    std::string wrong = !now ? "it does not run" : Differs(*component);
    if (now && settle == 0) wrong = "it was not started anew";
    if (wrong.empty()) {
      const Health health = AskHealth(*node, *component);
      if (!health.well) wrong = "it is not well: " + health.why;
    }
    if (!wrong.empty() || !settling || settling->pid != now->pid) {
      settling.reset();
      if (!wrong.empty()) {
        why = wrong;
        if (step.instance.ends_with(".service") && goal.forward &&
            HowOf(*component, step) == How::kUnit) {
          if (const std::string failed = UnitFailure(UnitOf(*component)); !failed.empty())
            return Failed(step, failed);
        }
        continue;
      }
      settling = now;
      well_since = Clock::now();
      Say(step, fmt::format("process {} is well after {} s; it has to stay so for {} s", now->pid,
                            SecondsSince(begin), settle));
    }
    why = "it is well for a moment only, again and again";
    if (SecondsSince(well_since) >= settle) return {};
  }
  return Failed(step, fmt::format("after {} s: {}", options_.ready_seconds, why));
}

Result<void> LiveKeeper::AwaitOthers(const StepWork& step, bool forward) {
  std::string wrong;
  bool told = false;
  for (const auto begin = Clock::now(); SecondsSince(begin) < kOthersSeconds;
       std::this_thread::sleep_for(kLook)) {
    if (forward && options_.interrupted()) return Failed(step, "it was interrupted");
    auto node = ReadMachine(options_.read);
    if (!node) continue;
    wrong.clear();
    for (const auto& [name, instance] : well_) {
      const Component* component = FindComponent(*node, name, instance);
      const Health health = component != nullptr && component->process
                                ? AskHealth(*node, *component)
                                : Health{false, "it does not run"};
      if (!health.well) wrong = fmt::format("{} was well before: {}", name, health.why);
    }
    const std::set<std::string> ready = ready_nodes_.empty() ? ready_nodes_ : ReadyNodes(*node);
    for (const std::string& name : ready_nodes_) {
      if (!ready.contains(name)) wrong = fmt::format("node {} was Ready before", name);
    }
    if (wrong.empty()) return {};
    if (!std::exchange(told, true)) Say(step, "waits: " + wrong);
  }
  return Failed(step, wrong);
}

Result<void> LiveKeeper::Judge(const Node& node, const std::vector<FindingName>& cures,
                               const std::vector<proofs::Proven>& proven) {
  rules::Selection selection;
  for (const FindingName& cure : cures) selection.ids.push_back(cure.rule);
  if (selection.ids.empty()) return {};
  std::vector<rules::Finding> findings = rules::Evaluate(node, selection, std::time(nullptr));
  proofs::LetProofsWin(proven, findings);
  for (const FindingName& cure : cures) {
    if (by_hand_.contains({cure.component, cure.instance})) continue;
    const auto found = std::ranges::find_if(findings, [&](const rules::Finding& finding) {
      return finding.rule->id == cure.rule && finding.component == cure.component &&
             finding.instance == cure.instance;
    });
    const auto verdict =
        found == findings.end() ? rules::Verdict::kUnknown : found->outcome.verdict;
    const std::string reason =
        found == findings.end() ? "it is not there any more" : found->outcome.reason;
    if (verdict == rules::Verdict::kFail)
      return Fail(ErrorCode::kIo, "prove " + cure.rule, cure.instance, "it still fails: " + reason);
    if (verdict == rules::Verdict::kUnknown)
      unproven_.push_back(fmt::format("{} ({}): {}", cure.rule, cure.component, reason));
  }
  return {};
}

Result<void> LiveKeeper::Prove(const StepWork& step) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  const Component* component = FindComponent(*node, step.component, step.instance);
  if (component == nullptr) return Failed(step, "it was not found again");
  auto proven = options_.prove(*node, *component);
  if (!proven) return std::unexpected(proven.error());
  std::vector<FindingName> cures;
  for (const FindingName& cure : step.cures) {
    if (cure.component == step.component && cure.instance == step.instance) cures.push_back(cure);
  }
  if (auto judged = Judge(*node, cures, *proven); !judged) return judged;
  const auto known = before_.find(step.number);
  for (const auto& [name, reason] : Failing(*proven)) {
    if (known != before_.end() && !known->second->Failed(name))
      return Failed(step, fmt::format("{} did not fail before: {}", name, reason));
  }
  const bool entrance = step.component == "etcd" || step.component == "kube-apiserver";
  if (entrance && options_.still_opens) {
    if (auto opens = options_.still_opens(); !opens) return opens;
  }
  Say(step,
      fmt::format("proven: {} finding{} cured", cures.size(), cures.size() == 1 ? " is" : "s are"));
  return {};
}

Result<void> LiveKeeper::AfterStep(const StepWork& step) {
  if (!step.restarts) return {};
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  const Component* component = FindComponent(*node, step.component, step.instance);
  if (component == nullptr) return Failed(step, "it was not found again");
  const How how = HowOf(*component, step);
  if (how == How::kByHand) {
    by_hand_.emplace(step.component, step.instance);
    unproven_.push_back(fmt::format(
        "{} ({}) is to be restarted by hand, as it was started: nobody is known who does",
        step.component, step.instance));
    return {};
  }
  const auto now = IncarnationOf(component);
  const int64_t changed = LastChange(step.files);
  // An earlier run may have come as far as the restart.
  const bool current = !step.touched && now && now->started_ns + kTolerance > changed;
  Goal goal;
  goal.since_ns = changed;
  goal.settle_seconds = options_.settle_seconds;
  if (const auto known = before_.find(step.number); known != before_.end()) {
    goal.log = known->second->log;
    if (step.touched) goal.not_this = known->second->process;
  }
  goal.own_restarts = how == How::kContainer ? 1 : 0;
  if (!current) {
    if (auto made = MakeItNew(step, *component); !made) return made;
  }
  if (auto well = Await(step, goal); !well) return well;
  if (step.component == "etcd") {
    if (auto members = AwaitEtcd(step); !members) return members;
    if (auto reached = AwaitPeers(step); !reached) return reached;
  }
  if (auto others = AwaitOthers(step, true); !others) return others;
  return Prove(step);
}

Result<void> LiveKeeper::AfterAll(const std::vector<FindingName>& cures) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  std::vector<std::string> said;
  std::swap(said, unproven_);
  auto judged = Judge(*node, cures, {});
  std::swap(said, unproven_);
  for (const std::string& text : said) {
    if (std::ranges::find(unproven_, text) == unproven_.end()) unproven_.push_back(text);
  }
  return judged;
}

Result<void> LiveKeeper::AfterRollback(const StepWork& step) {
  auto node = ReadMachine(options_.read);
  if (!node) return std::unexpected(node.error());
  const Component* component = FindComponent(*node, step.component, step.instance);
  if (component == nullptr) return Failed(step, "it was not found again");
  const How how = HowOf(*component, step);
  if (how == How::kByHand) {
    unproven_.push_back(fmt::format("{} ({}) is to be restarted by hand, as it was started",
                                    step.component, step.instance));
    return {};
  }
  const auto now = IncarnationOf(component);
  Goal goal;
  goal.since_ns = LastChange(step.files);
  goal.settle_seconds = std::min(kSettleBackSeconds, options_.settle_seconds);
  goal.forward = false;
  if (how == How::kManifest) goal.old_settle_seconds = kUnnoticedSeconds;
  const bool current = !step.touched && now && now->started_ns + kTolerance > goal.since_ns;
  if (step.touched && how != How::kManifest) goal.not_this = now;
  Say(step, "its files are as before");
  if (!current) {
    if (auto made = MakeItNew(step, *component); !made) return made;
  }
  if (auto well = Await(step, goal); !well) return well;
  if (step.component == "etcd") {
    if (auto members = AwaitEtcd(step); !members) return members;
    if (auto reached = AwaitPeers(step); !reached) return reached;
  }
  return AwaitOthers(step, false);
}

}  // namespace seawall::live
