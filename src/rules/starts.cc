// What the components themselves refuse, ignore or complain of: with such settings every other rule
// judges something that does not run. The same few rules for each component.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "base/text.h"
#include "cluster/versions/tables.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Problem;
using Kind = cluster::Problem::Kind;

constexpr const char* kReference =
    "https://kubernetes.io/docs/reference/command-line-tools-reference/";
constexpr const char* kStaticPods =
    "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/";
constexpr const char* kDeprecation =
    "https://kubernetes.io/docs/reference/using-api/deprecation-policy/";

bool SameLine(const Place& one, const Place& other) {
  return !one.file.empty() && one.file == other.file && one.line == other.line;
}

/// Settings that were asked for already: there may be thousands of problems with one of them.
struct Asked {
  Asked(const Component& component, const std::string& name) : setting(component.Get(name)) {}
  cluster::Setting setting;
};
using Settings = std::map<std::string, Asked, std::less<>>;

/// What stands at the problem's place; the problem's own words are the reason.
Evidence EvidenceOf(const Component& component, const Problem& problem, Settings& settings) {
  Evidence evidence;
  evidence.setting = problem.setting;
  evidence.value = "[as written]";
  evidence.origin = "file";
  evidence.place = problem.place;
  if (problem.place.file.empty()) {
    // What is missing stands nowhere: where the component is started is the place to mend it.
    evidence.place = component.where;
    evidence.value.clear();
    if (evidence.place.file.empty()) evidence.origin = "default";
    return evidence;
  }
  if (problem.setting.empty()) return evidence;
  const cluster::Setting& setting =
      settings.try_emplace(problem.setting, component, problem.setting).first->second.setting;
  const auto look = [&](const std::string& text, const cluster::Origin& origin) {
    if (!SameLine(origin.place, problem.place) || text.empty()) return;
    evidence.value = Shortened(text, kLongestShown);
    evidence.origin = ToString(origin.kind);
  };
  for (const cluster::Overridden& written : setting.overrode) look(written.text, written.origin);
  look(setting.text, setting.origin);
  return evidence;
}

/// One failing outcome for the problems that `concerns` says yes to.
template <typename Concerns>
std::optional<Outcome> Complaints(const Component& component, Concerns concerns) {
  constexpr int kMost = 200;  // nobody reads on
  Tally tally;
  Settings settings;
  int told = 0;
  for (const Problem& problem : component.problems) {
    if (concerns(problem) && told++ < kMost)
      tally.Bad(EvidenceOf(component, problem, settings), problem.text);
  }
  if (tally.empty()) return std::nullopt;
  return std::move(tally).Done("");
}

bool IsOneOf(const Problem& problem, std::initializer_list<Kind> kinds) {
  return std::ranges::find(kinds, problem.kind) != kinds.end();
}

/// Why a list without complaints does not show that there is nothing to complain of.
std::optional<Outcome> NotAllSeen(const Component& component) {
  if (!component.unknown.empty())
    return Unknown("its settings cannot be known: " + component.unknown, component.how);
  if (!component.gaps.empty()) {
    return Unknown("not all of its settings could be read: " + component.gaps.front().why,
                   component.gaps.front().how);
  }
  return VersionInDoubt(component);
}

template <typename Concerns>
Outcome WithoutComplaints(const Component& component, const char* good, Concerns concerns) {
  if (auto complaints = Complaints(component, concerns)) return std::move(*complaints);
  if (auto unseen = NotAllSeen(component)) return std::move(*unseen);
  return Pass(good);
}

Outcome Starts(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const auto stops = [](const Problem& problem) { return problem.fatal; };
  if (!component.absent_tool_file.empty() && std::ranges::none_of(component.problems, stops)) {
    return Unknown(fmt::format("{} is made by the program that starts it, and is not among the "
                               "files of this tree",
                               component.absent_tool_file),
                   "audit the node itself, or a whole copy of its files");
  }
  Outcome outcome = WithoutComplaints(component, "it takes all of its settings", stops);
  if (outcome.verdict == Verdict::kPass && !component.unread.empty()) {
    const cluster::Gap& gap = component.unread.front();
    return Unknown("it takes all of its settings, as far as they could be read: " + gap.why,
                   gap.how);
  }
  return outcome;
}

Outcome Knows(const Rule&, const Context& context) {
  return WithoutComplaints(*context.component, "this version knows every setting that is written",
                           [](const Problem& problem) {
                             return IsOneOf(problem, {Kind::kUnknownFlag, Kind::kUnknownField});
                           });
}

Outcome HeedsAll(const Rule&, const Context& context) {
  return WithoutComplaints(*context.component, "every setting that is written has its effect",
                           [](const Problem& problem) {
                             if (problem.fatal) return false;
                             return IsOneOf(
                                 problem, {Kind::kIgnored, Kind::kMalformedFile, Kind::kMissingFile,
                                           Kind::kBadValue, Kind::kConflict, Kind::kStrayArgument});
                           });
}

Outcome NothingDeprecated(const Rule&, const Context& context) {
  return WithoutComplaints(
      *context.component, "nothing that is written is going away",
      [](const Problem& problem) { return IsOneOf(problem, {Kind::kDeprecated}); });
}

Outcome NothingTwice(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const auto twice = [](const Problem& problem) {
    return IsOneOf(problem, {Kind::kDuplicateKey, Kind::kTwoManifests});
  };
  if (auto complaints = Complaints(component, twice)) return std::move(*complaints);
  if (!component.unknown.empty())
    return Unknown("its settings cannot be known: " + component.unknown, component.how);
  if (!component.gaps.empty()) {
    return Unknown("not all of its files could be read: " + component.gaps.front().why,
                   component.gaps.front().how);
  }
  return Pass("nothing stands there twice");
}

Outcome RunsWhatIsWritten(const Rule&, const Context& context) {
  const Component& component = *context.component;
  const auto differs = [](const Problem& problem) {
    return IsOneOf(problem, {Kind::kDrift, Kind::kStale});
  };
  if (auto complaints = Complaints(component, differs)) return std::move(*complaints);
  if (!component.process)
    return NotApplicable("only a running node shows what its processes were started with");
  if (!component.unknown.empty())
    return Unknown("its settings cannot be known: " + component.unknown, component.how);
  return Pass("the process runs with what its files say");
}

constexpr Rule Row(const char* id, const char* title, Target target, Severity severity,
                   Outcome (*check)(const Rule&, const Context&)) {
  return {.id = id,
          .title = title,
          .row = "2a",
          .severity = severity,
          .target = target,
          .check = check};
}

constexpr Rule StartsRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kHigh, Starts);
  rule.expected = "no setting that this version refuses, and every file that it names is there";
  rule.remedy = "mend or take away what is named, at {where}";
  rule.why =
      "It does not start again after the next restart, and until then runs with other settings "
      "than these.";
  rule.link = kReference;
  return rule;
}

constexpr Rule KnowsRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kMedium, Knows);
  rule.expected = "only flags and fields of this version";
  rule.remedy = "take it away, or write its new name, at {where}";
  rule.why =
      "A removed or mistyped name protects nothing: it stops the component, or is passed over in "
      "silence.";
  rule.link = kReference;
  return rule;
}

constexpr Rule HeedsRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kMedium, HeedsAll);
  rule.expected = "nothing without effect";
  rule.remedy = "write the setting where it counts, and take it away at {where}";
  rule.why = "Whoever reads such a setting believes in a protection that is not there.";
  rule.link = kReference;
  return rule;
}

constexpr Rule DeprecatedRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kLow, NothingDeprecated);
  rule.expected = "nothing that is deprecated";
  rule.remedy = "move to what takes its place, at {where}";
  rule.why = "It stops working, or stops the component, with one of the next versions.";
  rule.link = kDeprecation;
  return rule;
}

constexpr Rule TwiceRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kMedium, NothingTwice);
  rule.expected = "each key once in its mapping, and one manifest for each pod";
  rule.remedy = "take the other one away at {where}";
  rule.why = "Only one of the two counts, and it is not the one that people look at first.";
  rule.link = kStaticPods;
  return rule;
}

constexpr Rule RunsRow(const char* id, const char* title, Target target) {
  Rule rule = Row(id, title, target, Severity::kHigh, RunsWhatIsWritten);
  rule.expected =
      "the arguments of the process are those of its file, and no file changed since it started";
  rule.remedy = "restart it, after making sure that its files say what you want ({where})";
  rule.why = "The files look safe, and what runs is something else.";
  rule.link = kStaticPods;
  return rule;
}

constexpr Rule kRules[] = {
    StartsRow("apiserver-starts", "kube-apiserver takes its settings and starts",
              Target::kApiServer),
    KnowsRow("apiserver-known-settings",
             "kube-apiserver knows every setting that is written for it", Target::kApiServer),
    HeedsRow("apiserver-heeded-settings",
             "Every setting that is written for kube-apiserver has its effect", Target::kApiServer),
    DeprecatedRow("apiserver-no-deprecated-settings", "No setting of kube-apiserver is going away",
                  Target::kApiServer),
    TwiceRow("apiserver-written-once", "Nothing is written twice for kube-apiserver",
             Target::kApiServer),
    RunsRow("apiserver-runs-as-written", "kube-apiserver runs with what its files say",
            Target::kApiServer),
    StartsRow("controller-manager-starts", "kube-controller-manager takes its settings and starts",
              Target::kControllerManager),
    KnowsRow("controller-manager-known-settings",
             "kube-controller-manager knows every setting that is written for it",
             Target::kControllerManager),
    HeedsRow("controller-manager-heeded-settings",
             "Every setting that is written for kube-controller-manager has its effect",
             Target::kControllerManager),
    DeprecatedRow("controller-manager-no-deprecated-settings",
                  "No setting of kube-controller-manager is going away",
                  Target::kControllerManager),
    TwiceRow("controller-manager-written-once",
             "Nothing is written twice for kube-controller-manager", Target::kControllerManager),
    RunsRow("controller-manager-runs-as-written",
            "kube-controller-manager runs with what its files say", Target::kControllerManager),
    StartsRow("scheduler-starts", "kube-scheduler takes its settings and starts",
              Target::kScheduler),
    KnowsRow("scheduler-known-settings",
             "kube-scheduler knows every setting that is written for it", Target::kScheduler),
    HeedsRow("scheduler-heeded-settings",
             "Every setting that is written for kube-scheduler has its effect", Target::kScheduler),
    DeprecatedRow("scheduler-no-deprecated-settings", "No setting of kube-scheduler is going away",
                  Target::kScheduler),
    TwiceRow("scheduler-written-once", "Nothing is written twice for kube-scheduler",
             Target::kScheduler),
    RunsRow("scheduler-runs-as-written", "kube-scheduler runs with what its files say",
            Target::kScheduler),
    StartsRow("kubelet-starts", "The kubelet takes its settings and starts", Target::kKubelet),
    KnowsRow("kubelet-known-settings", "The kubelet knows every setting that is written for it",
             Target::kKubelet),
    HeedsRow("kubelet-heeded-settings",
             "Every setting that is written for the kubelet has its effect", Target::kKubelet),
    DeprecatedRow("kubelet-no-deprecated-settings", "No setting of the kubelet is going away",
                  Target::kKubelet),
    TwiceRow("kubelet-written-once", "Nothing is written twice for the kubelet", Target::kKubelet),
    RunsRow("kubelet-runs-as-written", "The kubelet runs with what its files say",
            Target::kKubelet),
    StartsRow("proxy-starts", "kube-proxy takes its settings and starts", Target::kProxy),
    KnowsRow("proxy-known-settings", "kube-proxy knows every setting that is written for it",
             Target::kProxy),
    HeedsRow("proxy-heeded-settings", "Every setting that is written for kube-proxy has its effect",
             Target::kProxy),
    DeprecatedRow("proxy-no-deprecated-settings", "No setting of kube-proxy is going away",
                  Target::kProxy),
    TwiceRow("proxy-written-once", "Nothing is written twice for kube-proxy", Target::kProxy),
    RunsRow("proxy-runs-as-written", "kube-proxy runs with what its files say", Target::kProxy),
    StartsRow("etcd-starts", "etcd takes its settings and starts", Target::kEtcd),
    KnowsRow("etcd-known-settings", "etcd knows every setting that is written for it",
             Target::kEtcd),
    HeedsRow("etcd-heeded-settings", "Every setting that is written for etcd has its effect",
             Target::kEtcd),
    DeprecatedRow("etcd-no-deprecated-settings", "No setting of etcd is going away", Target::kEtcd),
    TwiceRow("etcd-written-once", "Nothing is written twice for etcd", Target::kEtcd),
    RunsRow("etcd-runs-as-written", "etcd runs with what its files say", Target::kEtcd),
};

}  // namespace

std::span<const Rule> StartRules() { return kRules; }

}  // namespace seawall::rules
