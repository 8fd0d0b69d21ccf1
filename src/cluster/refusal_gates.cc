// What component-base/featuregate refuses.
#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "cluster/refusal.h"

namespace seawall::cluster {
namespace {

/// "kube:Gate=true": the name of the part of the program that the gate belongs to comes first.
std::string_view GateOf(std::string_view item) {
  std::string_view gate = item.substr(0, item.find('='));
  if (const size_t colon = gate.find(':'); colon != gate.npos) gate.remove_prefix(colon + 1);
  return gate;
}

class Switches {
 public:
  Switches(const FlagTable& table, const Setting& setting) : table_(table) {
    for (const Item& item : setting.items) {
      const size_t equals = item.text.find('=');
      if (equals != std::string::npos)
        said_[std::string(GateOf(item.text))] = item.text.substr(equals + 1) == "true";
    }
  }

  /// Is it on? Nothing for a gate that this version does not know.
  std::optional<bool> On(std::string_view gate) const {
    const auto* row = versions::FindGate(table_.component(), gate, table_.minor());
    if (row == nullptr) return std::nullopt;
    if (const auto own = said_.find(gate); own != said_.end()) return own->second;
    const char* all = row->stage == versions::Stage::kAlpha  ? "AllAlpha"
                      : row->stage == versions::Stage::kBeta ? "AllBeta"
                                                             : "";
    const auto group = said_.find(std::string_view(all));
    return group != said_.end() ? group->second : row->default_on;
  }

 private:
  const FlagTable& table_;
  std::map<std::string, bool, std::less<>> said_;
};

/// The item that turned the gate on, or its need off.
const Item& Culprit(const Setting& setting, std::string_view gate, std::string_view needs) {
  for (const Item& item : setting.items) {
    if (GateOf(item.text) == gate || GateOf(item.text) == needs) return item;
  }
  for (const Item& item : setting.items) {
    if (GateOf(item.text).starts_with("All")) return item;
  }
  return setting.items.front();
}

}  // namespace

void Refusal::Gates(std::string_view name) const {
  const Setting* setting = Given(name);
  if (setting == nullptr || !table_.certain()) return;
  for (const Item& item : setting->items) {
    const size_t equals = item.text.find('=');
    const std::string_view gate = GateOf(item.text);
    const std::string value = equals == std::string::npos ? "" : item.text.substr(equals + 1);
    const auto* row = versions::FindGate(table_.component(), gate, table_.minor());
    const std::string who =
        fmt::format("{} {}.{}", table_.component(), table_.minor().major, table_.minor().minor);
    if (row == nullptr) {
      const auto* removed =
          versions::FindRemoved(table_.component(), gate, versions::Thing::kFeatureGate);
      Bad(*setting, item,
          fmt::format("{} does not know the feature gate {} and does not start{}", who,
                      PrintableShort(gate, 60),
                      removed != nullptr ? fmt::format(" (gone in 1.{})", removed->gone_in) : ""));
    } else if (row->locked && value != (row->default_on ? "true" : "false")) {
      Bad(*setting, item,
          fmt::format("{} has locked the feature gate {} to {}", who, gate, row->default_on));
    }
  }
  GateNeeds(*setting);
}

std::optional<bool> Refusal::GateOn(std::string_view name, std::string_view gate) const {
  if (!table_.certain() || Mentioned("emulated-version") != nullptr) return std::nullopt;
  const Setting* setting = Mentioned(name);
  if (setting != nullptr && !setting->known()) return std::nullopt;
  if (setting == nullptr && (!component_.unknown.empty() || !component_.gaps.empty()))
    return std::nullopt;
  const Setting none;
  return Switches(table_, setting != nullptr ? *setting : none).On(gate);
}

void Refusal::GateNeeds(const Setting& setting) const {
  // Gates of another version are what --emulated-version asks for.
  if (Mentioned("emulated-version") != nullptr) return;
  const Switches switches(table_, setting);
  size_t told = 0;
  for (const auto& row : versions::GateDependencies()) {
    if (!versions::Covers(row, table_.minor())) continue;
    if (switches.On(row.gate) != true || switches.On(row.needs) != false) continue;
    // AllAlpha breaks dozens of them: a few say enough.
    if (++told > 5) return;
    Bad(setting, Culprit(setting, row.gate, row.needs),
        fmt::format("the feature gate {} is on and needs {}, which is off", row.gate, row.needs));
  }
}

}  // namespace seawall::cluster
