#include "rules/admission_set.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/versions/tables.h"
#include "rules/checks.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Item;
using cluster::Setting;
using cluster::SettingState;
namespace versions = cluster::versions;

const Item* ItemOf(const Setting& setting, std::string_view plugin) {
  for (const Item& item : setting.items) {
    if (Trim(item.text) == plugin) return &item;
  }
  return nullptr;
}

PluginState Named(const Component& component, const Setting& setting, const Item& item, bool on) {
  PluginState state;
  state.on = on;
  state.reason = fmt::format("{} is in {}", Trim(item.text), NameOf(component, setting));
  state.evidence = EvidenceOf(setting, item);
  return state;
}

/// What the version does with a plugin that nobody names.
PluginState ByDefault(const Component& component, const Setting& enable, std::string_view plugin) {
  PluginState state;
  state.evidence = EvidenceOf(enable);
  const char* name = ToString(component.kind);
  const auto version = component.version
                           ? std::optional(versions::Minor{component.version->major, component.version->minor})
                           : std::nullopt;
  if (!version || !versions::CoversVersion(name, *version)) {
    state.end = Unknown(fmt::format("nobody names {}, and whether it runs by default depends on the version of {}, "
                                    "which is not known",
                                    plugin, name),
                        fmt::format("say it with --component-version {}=VERSION", name));
    return state;
  }
  const versions::AdmissionRow* row = versions::FindAdmissionPlugin(plugin, *version);
  state.on = row != nullptr && row->default_on;
  state.reason = row == nullptr
                     ? fmt::format("{} {} has no {}", name, component.version->ToString(), plugin)
                     : fmt::format("{} is {} by default, and nobody {} it", plugin, state.on ? "on" : "off",
                                   state.on ? "disables" : "enables");
  return state;
}

}  // namespace

PluginState FindPlugin(const Component& component, std::string_view plugin) {
  const Setting all = component.Get("admission-control");
  const Setting enable = component.Get("enable-admission-plugins");
  const Setting disable = component.Get("disable-admission-plugins");
  // What somebody wrote is true whatever the version.
  if (all.written() && !all.items.empty()) {
    if (const Item* item = ItemOf(all, plugin)) return Named(component, all, *item, true);
    PluginState state;
    state.reason = fmt::format("--admission-control replaces the whole set, and {} is not in it", plugin);
    state.evidence = EvidenceOf(all);
    return state;
  }
  for (const Setting* setting : {&enable, &disable}) {
    if (setting->state != SettingState::kUnknown) continue;
    // Nobody wrote it, in a version that is not known: its default is empty in every version.
    if (component.unknown.empty() && component.gaps.empty()) continue;
    PluginState state;
    state.end = UnknownSetting(component, *setting);
    return state;
  }
  if (const Item* item = ItemOf(disable, plugin)) return Named(component, disable, *item, false);
  if (const Item* item = ItemOf(enable, plugin)) return Named(component, enable, *item, true);
  return ByDefault(component, enable, plugin);
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
Outcome PluginsDoNotRun(const Rule& rule, const Context& context) { return All(rule, context, false); }

}  // namespace seawall::rules
