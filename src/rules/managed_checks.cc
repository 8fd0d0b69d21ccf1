#include "rules/managed_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/checks.h"
#include "rules/managed_remedy.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;
using cluster::cloud::ManagedCluster;
using cluster::cloud::Part;

constexpr size_t kLongestValue = 300;
constexpr size_t kMostPools = 20;  // that one command line is written for

bool Among(std::string_view value, std::string_view wanted) {
  return std::ranges::any_of(Split(wanted, '|'),
                             [&](std::string_view one) { return EqualsIgnoringCase(value, one); });
}

Outcome PassOrFail(bool good, const Setting& setting) {
  return good ? Pass(ManagedSays(setting), {ManagedEvidence(setting)})
              : Fails(ManagedSays(setting), {ManagedEvidence(setting)});
}

/// What is wanted, under the name at which the setting was found; "" where the rule's own words
/// serve.
std::string Wanted(const Rule& rule, std::string_view found) {
  const std::string_view expected = rule.expected, name = rule.setting;
  const bool opposite = found.starts_with('!');
  if (opposite) found.remove_prefix(1);
  const size_t at = expected.find(name);
  if (found == name || at == expected.npos || expected.find(found) != expected.npos) return "";
  if (opposite) {
    if (expected != fmt::format("{} is true", name)) return "";
    return fmt::format("{} is false", found);
  }
  return fmt::format("{}{}{}", expected.substr(0, at), found, expected.substr(at + name.size()));
}

template <typename Judge>
Outcome JudgeOne(const Rule& rule, const Context& context, Judge good) {
  const Setting setting = ManagedOf(context).cluster.Get(rule.setting);
  if (!setting.known()) return ManagedUnknown(setting);
  Outcome outcome = PassOrFail(good(setting), setting);
  if (std::string wanted = Wanted(rule, setting.name); !wanted.empty())
    outcome.expected = std::move(wanted);
  return outcome;
}

template <typename Judge>
Outcome JudgePools(const Rule& rule, const Context& context, Judge good) {
  const ManagedCluster& cluster = ManagedOf(context);
  const Setting autopilot = cluster.cluster.Get("autopilot.enabled");
  if (autopilot.known() && autopilot.text == "true")
    return NotApplicable("the nodes of an Autopilot cluster are the provider's to configure");
  Tally tally;
  if (!cluster.pools_known) {
    tally.Unknown(fmt::format("which node pools there are is not known: {}", cluster.pools_why),
                  "give the whole output of the provider's own describe command");
  }
  std::vector<std::string> bad;
  for (const Part& pool : cluster.pools) {
    const Setting setting = pool.Get(rule.setting);
    if (!setting.known()) {
      tally.Unknown(setting.why, setting.how);
    } else if (good(setting)) {
      tally.Good(ManagedEvidence(setting));
    } else {
      tally.Bad(ManagedEvidence(setting), ManagedSays(setting));
      if (bad.size() < kMostPools) bad.push_back(pool.name);
    }
  }
  Outcome outcome = std::move(tally).Done("the cluster has no node pools");
  if (!bad.empty()) outcome.remedy = ManagedRemedy(rule, cluster, bad);
  return outcome;
}

/// An address range that takes in everybody: prefixes of length 0 and 1.
bool IsWorld(std::string_view range) {
  return range == "*" || range.ends_with("/0") || range.ends_with("/1") || range.ends_with("/00");
}

}  // namespace

const ManagedCluster& ManagedOf(const Context& context) { return *context.node.managed; }

/// As it stands in the file, where a rule asks for its opposite.
static Setting AsWritten(Setting setting) {
  if (!setting.name.starts_with('!')) return setting;
  setting.name.erase(0, 1);
  const auto turn = [](std::string& text) { text = text == "true" ? "false" : "true"; };
  turn(setting.text);
  for (cluster::Item& item : setting.items) turn(item.text);
  return setting;
}

std::string ManagedSays(const Setting& found) {
  const Setting setting = AsWritten(found);
  const std::string value = PrintableShort(setting.text, kLongestValue);
  std::string says = setting.text.empty() ? fmt::format("{} is not set", setting.name)
                                          : fmt::format("{} is {}", setting.name, value);
  if (setting.state == SettingState::kDefault && !setting.text.empty())
    says += " (what it is when nobody set it)";
  return says;
}

Evidence ManagedEvidence(const Setting& setting) {
  Evidence evidence = EvidenceOf(AsWritten(setting));
  if (evidence.value.size() > kLongestValue)
    evidence.value = PrintableShort(evidence.value, kLongestValue);
  return evidence;
}

Outcome ManagedUnknown(const Setting& setting) { return Unknown(setting.why, setting.how); }

bool IsOneOf(const Setting& setting, std::string_view wanted) {
  if (setting.items.empty()) return Among(setting.text, wanted);
  return std::ranges::all_of(setting.items,
                             [&](const cluster::Item& item) { return Among(item.text, wanted); });
}

Outcome ManagedIs(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [&](const Setting& s) { return IsOneOf(s, rule.wanted); });
}

Outcome ManagedIsNot(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [&](const Setting& s) {
    return std::ranges::none_of(
        s.items, [&](const cluster::Item& item) { return Among(item.text, rule.wanted); });
  });
}

Outcome ManagedGiven(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [](const Setting& s) { return !s.text.empty(); });
}

Outcome ManagedEmpty(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [](const Setting& s) { return s.text.empty(); });
}

Outcome ManagedHas(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [&](const Setting& s) {
    return std::ranges::all_of(SplitWords(rule.wanted), [&](const std::string& word) {
      return std::ranges::any_of(
          s.items, [&](const cluster::Item& item) { return EqualsIgnoringCase(item.text, word); });
    });
  });
}

Outcome NotTheWorld(const Rule& rule, const Context& context) {
  return JudgeOne(rule, context, [](const Setting& s) {
    return std::ranges::none_of(s.items,
                                [](const cluster::Item& item) { return IsWorld(item.text); });
  });
}

Outcome PoolsAre(const Rule& rule, const Context& context) {
  return JudgePools(rule, context, [&](const Setting& s) { return IsOneOf(s, rule.wanted); });
}

Outcome PoolsAreNot(const Rule& rule, const Context& context) {
  return JudgePools(rule, context, [&](const Setting& s) {
    return std::ranges::none_of(
        s.items, [&](const cluster::Item& item) { return Among(item.text, rule.wanted); });
  });
}

Outcome JudgeManaged(const Rule& rule, const Context& context) {
  Outcome outcome = rule.check(rule, context);
  if (outcome.remedy.empty()) outcome.remedy = ManagedRemedy(rule, ManagedOf(context), {});
  return outcome;
}

Outcome NotDescribed(const Rule& rule, const Context& context) {
  return Unknown("the description of a cluster does not show it",
                 ManagedRemedy(rule, ManagedOf(context), {}));
}

}  // namespace seawall::rules
