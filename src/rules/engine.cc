#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "rules/checks.h"
#include "rules/managed_checks.h"
#include "rules/place_text.h"
#include "rules/rule.h"
#include "rules/tally.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using cluster::Node;

ComponentKind KindOf(Target target) {
  switch (target) {
    case Target::kApiServer:
      return ComponentKind::kApiServer;
    case Target::kControllerManager:
      return ComponentKind::kControllerManager;
    case Target::kScheduler:
      return ComponentKind::kScheduler;
    case Target::kKubelet:
      return ComponentKind::kKubelet;
    case Target::kProxy:
      return ComponentKind::kProxy;
    default:
      return ComponentKind::kEtcd;
  }
}

/// What is said of a rule whose component was not found.
Outcome WithoutComponent(const Rule& rule, const Node& node) {
  const char* name = ToString(rule.target);
  const ComponentKind kind = KindOf(rule.target);
  if (const cluster::BlindSpot* spot = node.MayHide(kind)) {
    const bool nothing = node.components.empty() && spot->error.code == ErrorCode::kNotFound;
    return Unknown(
        nothing
            ? fmt::format("{} in {}", spot->error.why, spot->error.where)
            : fmt::format("no {} was found, but one may be defined where seawall could not look: "
                          "{}: {}",
                          name, spot->error.where, spot->error.why),
        spot->error.todo.empty() ? "make that source readable and run seawall again"
                                 : spot->error.todo);
  }
  return NotApplicable(node.is_machine
                           ? fmt::format("no {} on this node", name)
                           : fmt::format("this configuration does not speak of {}", name));
}

/// Not applicable or unknown when the rule speaks of other versions only; no verdict to give
/// otherwise.
std::optional<Outcome> OutsideVersions(const Rule& rule, const Component& component) {
  if (rule.min_minor == 0 && rule.max_minor == 0) return std::nullopt;
  const char* name = ToString(rule.target);
  if (!component.version) {
    return Unknown(
        fmt::format("the rule does not hold for every version of {}, and its version "
                    "is not known",
                    name),
        fmt::format(
            "say it with --component-version {0}=VERSION ({0} --version on the node tells it)",
            name));
  }
  const int minor = component.version->minor;
  const std::string version = component.version->ToString();
  if (rule.min_minor != 0 && minor < rule.min_minor) {
    return NotApplicable(fmt::format("{} {} is older than this setting, which came in {}.{}", name,
                                     version, component.version->major, rule.min_minor));
  }
  if (rule.max_minor != 0 && minor > rule.max_minor) {
    return NotApplicable(fmt::format("{} {} no longer has this setting; {}.{} was the last", name,
                                     version, component.version->major, rule.max_minor));
  }
  return std::nullopt;
}

/// A component that one file was made into (`audit -f`) is asked only what that file speaks of.
std::optional<Outcome> OutsideFragment(const Rule& rule, const Component& component) {
  const std::string_view setting = rule.setting == nullptr ? "" : rule.setting;
  if (!component.fragment || setting.empty() || component.Speaks(setting)) return std::nullopt;
  return NotApplicable(fmt::format("{} {}", component.instance, Component::kNotSpokenOf));
}

/// What the check itself found out of the fragment's reach.
Outcome WithinFragment(const Component& component, Outcome outcome) {
  if (component.fragment && outcome.verdict == Verdict::kUnknown &&
      outcome.reason.find(Component::kNotSpokenOf) != std::string::npos) {
    return NotApplicable(std::move(outcome.reason));
  }
  return outcome;
}

/// It speaks of modes and owners only: what the component makes of the file is not its matter.
bool OnlySeen(const Outcome& outcome) {
  return !outcome.evidence.empty() &&
         std::ranges::all_of(outcome.evidence,
                             [](const Evidence& evidence) { return evidence.origin == "stat"; });
}

/// It stands in a configuration file that the component refuses as a whole.
bool IsOfRefusedFile(const Evidence& evidence, const cluster::Problem& problem) {
  using Kind = cluster::Problem::Kind;
  const bool whole = problem.kind == Kind::kUnknownField || problem.kind == Kind::kDuplicateKey ||
                     problem.kind == Kind::kMalformedFile;
  const bool of_file = evidence.origin == "file" || evidence.origin == "drop-in";
  return whole && of_file && !problem.place.file.empty() &&
         problem.place.file == evidence.place.file;
}

/// With a setting that the component refuses it never ran: what the setting says is then no pass.
const cluster::Problem* RefusalOf(const Rule& rule, const Component& component,
                                  const Outcome& outcome) {
  const std::string_view setting = rule.setting == nullptr ? "" : rule.setting;
  const auto words = Split(setting, ' ');
  const auto concerns = [&](const cluster::Problem& problem) {
    if (!problem.fatal) return false;
    if (std::ranges::find(words, problem.setting) != words.end()) return true;
    return std::ranges::any_of(outcome.evidence, [&](const Evidence& evidence) {
      return evidence.setting == problem.setting || IsOfRefusedFile(evidence, problem);
    });
  };
  const auto found = std::ranges::find_if(component.problems, concerns);
  return found == component.problems.end() ? nullptr : &*found;
}

Outcome WithTakenSettings(const Rule& rule, const Component& component, Outcome outcome) {
  if (outcome.verdict != Verdict::kPass || OnlySeen(outcome)) return outcome;
  const cluster::Problem* refusal = RefusalOf(rule, component, outcome);
  if (refusal == nullptr) return outcome;
  return Unknown(fmt::format("{}; but {} does not start with it: {}", outcome.reason,
                             ToString(rule.target), PrintableShort(refusal->text, 200)),
                 "mend that first", std::move(outcome.evidence));
}

/// What rests on a default of a version that is not known is no pass.
Outcome WithKnownDefaults(const Component& component, Outcome outcome) {
  const auto is_default = [](const Evidence& evidence) { return evidence.origin == "default"; };
  if (outcome.verdict != Verdict::kPass || std::ranges::none_of(outcome.evidence, is_default))
    return outcome;
  std::optional<Outcome> doubt = VersionInDoubt(component);
  if (!doubt) return outcome;
  doubt->reason = fmt::format("{}; but {}", outcome.reason, doubt->reason);
  doubt->evidence = std::move(outcome.evidence);
  return std::move(*doubt);
}

/// What a configuration file alone says holds only if nothing that starts the component says
/// otherwise; modes and owners are seen all the same.
Outcome WithKnownStart(const Context& context, Outcome outcome) {
  if (outcome.verdict != Verdict::kPass || OnlySeen(outcome)) return outcome;
  std::optional<Outcome> assumed = StartIsAssumed(context);
  if (!assumed) return outcome;
  assumed->reason = fmt::format("{}; but {}", outcome.reason, assumed->reason);
  assumed->evidence = std::move(outcome.evidence);
  return std::move(*assumed);
}

/// A check's outcome, when nothing speaks against what it looked at.
Outcome Believed(const Rule& rule, const Context& context, Outcome outcome) {
  outcome = WithinFragment(*context.component, std::move(outcome));
  outcome = WithTakenSettings(rule, *context.component, std::move(outcome));
  outcome = WithKnownDefaults(*context.component, std::move(outcome));
  return WithKnownStart(context, std::move(outcome));
}

/// The rule's own remedy with its place: that of the first evidence that stands in a file, else
/// where the component is started from.
std::string PlacedRemedy(const Rule& rule, const Component* component, const Outcome& outcome) {
  for (const Evidence& evidence : outcome.evidence) {
    if (!evidence.place.file.empty()) return WithPlace(rule.remedy, PlaceText(evidence.place));
  }
  if (component == nullptr) return GeneralRemedy(rule);
  return WithPlace(rule.remedy, StartText(*component));
}

/// The same thing seen twice (a CA that two components use) is said once.
void DropRepeated(std::vector<Evidence>& evidence) {
  if (evidence.size() < 2) return;
  const auto key = [](const Evidence& e) {
    return std::tie(e.place.line, e.place.column, e.place.file, e.setting, e.value, e.origin);
  };
  const auto before = [&](const Evidence* a, const Evidence* b) { return key(*a) < key(*b); };
  std::set<const Evidence*, decltype(before)> seen(before);
  std::vector<bool> again;
  for (const Evidence& e : evidence) again.push_back(!seen.insert(&e).second);
  if (seen.size() == evidence.size()) return;
  size_t at = 0;
  std::erase_if(evidence, [&](const Evidence&) { return again[at++]; });
}

Finding Complete(const Rule& rule, const Node& node, const Component* component, Outcome outcome) {
  Finding finding;
  finding.rule = &rule;
  finding.node = node.name;
  finding.component = ToString(rule.target);
  if (component != nullptr) finding.instance = component->instance;
  // Of what the API shows the check itself tells what waits for a person from what was refused.
  finding.manual =
      outcome.verdict == Verdict::kUnknown && (node.api != nullptr ? outcome.manual : rule.manual);
  if (outcome.expected.empty()) outcome.expected = rule.expected;
  DropRepeated(outcome.evidence);
  const bool to_mend = outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kUnknown;
  if (outcome.remedy.empty() && to_mend) outcome.remedy = PlacedRemedy(rule, component, outcome);
  finding.outcome = std::move(outcome);
  return finding;
}

/// Of a managed cluster, or of a rule about one: nothing where they do not belong together, unless
/// the rule was asked for by its id.
std::optional<Finding> AskManaged(const Rule& rule, const Context& context, bool by_id) {
  const Node& node = context.node;
  const bool fits =
      node.managed && std::string_view(ToString(rule.target)) == ToString(node.managed->provider);
  if (!fits && !by_id) return std::nullopt;
  Outcome outcome =
      fits ? JudgeManaged(rule, context)
      : node.managed
          ? NotApplicable(fmt::format("this is {}, not {}", ToString(node.managed->provider),
                                      ToString(rule.target)))
          : NotApplicable(fmt::format("this is no managed cluster ({})", ToString(rule.target)));
  Finding finding = Complete(rule, node, nullptr, std::move(outcome));
  if (fits) finding.instance = node.managed->id;
  return finding;
}

/// A cluster is asked about what its API shows and nothing else, a machine about everything but
/// that.
bool Concerns(const Rule& rule, const Node& node) {
  if (node.api == nullptr) return rule.target != Target::kCluster;
  return rule.target == Target::kCluster || rule.of_cluster;
}

}  // namespace

std::vector<Finding> Evaluate(const Node& node, const Selection& selection, int64_t now,
                              Notes* kept) {
  std::vector<Finding> findings;
  Notes own;
  Notes& notes = kept == nullptr ? own : *kept;
  for (const Rule* selected : Select(selection)) {
    const Rule& rule = *selected;
    if (rule.check_whole != nullptr) continue;  // asked of all nodes together
    if (IsManaged(rule.target) || node.managed) {
      const Context context{node, nullptr, now, &notes};
      if (auto finding = AskManaged(rule, context, !selection.ids.empty()))
        findings.push_back(std::move(*finding));
      continue;
    }
    if (!Concerns(rule, node)) continue;
    if (rule.target == Target::kNode || rule.target == Target::kCluster) {
      const Context context{node, nullptr, now, &notes};
      findings.push_back(Complete(rule, node, nullptr, rule.check(rule, context)));
      continue;
    }
    const std::vector<const Component*> instances = node.Of(KindOf(rule.target));
    for (const Component* component : instances) {
      std::optional<Outcome> outside = OutsideFragment(rule, *component);
      if (!outside) outside = OutsideVersions(rule, *component);
      const Context context{node, component, now, &notes};
      Outcome outcome =
          outside ? std::move(*outside) : Believed(rule, context, rule.check(rule, context));
      findings.push_back(Complete(rule, node, component, std::move(outcome)));
    }
    if (instances.empty()) {
      findings.push_back(Complete(rule, node, nullptr, WithoutComponent(rule, node)));
    }
  }
  return findings;
}

}  // namespace seawall::rules
