#include "rules/admission_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/admission.h"
#include "rules/checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Setting;
using cluster::SettingState;

std::string WhyOn(const Component& component, const Setting& setting, std::string_view plugin) {
  if (!setting.items.empty()) return fmt::format("{} is in {}", plugin, NameOf(component, setting));
  return fmt::format("{} is on by default, and nobody disables it", plugin);
}

std::string WhyOff(const Component& component, const Setting& setting, std::string_view plugin) {
  if (setting.name == "admission-control" && setting.written()) {
    return fmt::format("--admission-control replaces the whole set, and {} is not in it", plugin);
  }
  if (!setting.items.empty()) return WhyOn(component, setting, plugin);
  return fmt::format("{} is off by default, and nobody enables it", plugin);
}

bool StandsIn(const Setting& list, std::string_view plugin) {
  return std::ranges::find(list.items, plugin, &cluster::Item::text) != list.items.end();
}

}  // namespace

PluginState FindPlugin(const Component& component, std::string_view plugin) {
  const cluster::PluginUse use = cluster::AdmissionPlugin(component, plugin);
  PluginState state;
  state.evidence = EvidenceOf(use.setting);
  if (use.setting.items.size() == 1) {
    state.evidence.value = use.setting.items.front().text;
  }
  if (StandsIn(component.Get("enable-admission-plugins"), plugin) &&
      StandsIn(component.Get("disable-admission-plugins"), plugin)) {
    state.end = Unknown(fmt::format("{} is both enabled and disabled: kube-apiserver does not "
                                    "start with that",
                                    plugin),
                        "take it out of one of the two lists");
    return state;
  }
  switch (use.state) {
    case cluster::PluginState::kOn:
      state.on = true;
      state.reason = WhyOn(component, use.setting, plugin);
      break;
    case cluster::PluginState::kOff:
      state.reason = WhyOff(component, use.setting, plugin);
      break;
    case cluster::PluginState::kAbsent:
      state.reason = fmt::format("this version of {} has no {}", ToString(component.kind), plugin);
      break;
    case cluster::PluginState::kUnknown:
      state.end =
          Unknown(fmt::format("whether {} runs cannot be known: {}", plugin, use.setting.why),
                  use.setting.how);
      break;
  }
  return state;
}

namespace {

Outcome All(const Rule& rule, const Context& context, bool on) {
  Tally tally;
  std::vector<std::string> words;
  for (const std::string_view plugin : Split(rule.wanted, ' ')) {
    PluginState state = FindPlugin(*context.component, plugin);
    if (state.end) {
      tally.Unknown(state.end->reason, "");
    } else if (state.on == on) {
      words.push_back(state.reason);
      tally.Good(std::move(state.evidence));
    } else {
      tally.Bad(std::move(state.evidence), state.reason);
    }
  }
  Outcome outcome = std::move(tally).Done("");
  if (outcome.verdict == Verdict::kPass) outcome.reason = Join(words, "; ");
  return outcome;
}

}  // namespace

Outcome PluginsRun(const Rule& rule, const Context& context) { return All(rule, context, true); }
Outcome PluginsDoNotRun(const Rule& rule, const Context& context) {
  return All(rule, context, false);
}

}  // namespace seawall::rules
