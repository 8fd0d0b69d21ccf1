// The one check of an organisation's rules: a setting compared with what was written.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/own_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
using cluster::SettingState;

/// Numbers, and durations in Go's notation, as something that can be compared.
std::optional<double> Amount(std::string_view text) {
  if (const auto number = cluster::ParseInt(text)) return static_cast<double>(*number);
  return cluster::ParseFloat(text);
}
std::optional<int64_t> Duration(std::string_view text) { return cluster::ParseDuration(text); }

/// -1, 0, 1; nothing when the two cannot be compared.
std::optional<int> Compare(std::string_view a, std::string_view b) {
  const auto sign = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  const auto amount_a = Amount(a);
  const auto amount_b = Amount(b);
  if (amount_a && amount_b) return sign(*amount_a, *amount_b);
  const auto duration_a = Duration(a);
  const auto duration_b = Duration(b);
  if (duration_a && duration_b) return sign(*duration_a, *duration_b);
  return std::nullopt;
}

/// The same text, number or duration: "5m" is "5m0s".
bool Same(std::string_view a, std::string_view b) {
  return a == b || Compare(a, b) == std::optional<int>(0);
}

bool Holds(const Setting& setting, const std::string& value) {
  return setting.Contains(value) ||
         std::ranges::any_of(setting.items,
                             [&](const cluster::Item& item) { return Same(item.text, value); });
}

/// Nothing when the setting cannot be compared with what is wanted.
std::optional<bool> Meets(const Wish& wish, const Setting& setting) {
  const auto same = [&](const std::string& value) { return Same(setting.text, value); };
  const auto holds = [&](const std::string& value) { return Holds(setting, value); };
  switch (wish.comparison) {
    case Comparison::kEquals:
      return same(wish.values.front());
    case Comparison::kNotEquals:
      return std::ranges::none_of(wish.values, same);
    case Comparison::kOneOf:
      return std::ranges::any_of(wish.values, same);
    case Comparison::kContains:
      return std::ranges::all_of(wish.values, holds);
    case Comparison::kNotContains:
      return std::ranges::none_of(wish.values, holds);
    case Comparison::kMatches:
      return wish.pattern.Matches(setting.text);
    case Comparison::kIsSet:
      return !Empty(setting);
    case Comparison::kIsUnset:
      return Empty(setting);
    case Comparison::kAtLeast:
    case Comparison::kAtMost: {
      const auto order = Compare(setting.text, wish.values.front());
      if (!order) return std::nullopt;
      return wish.comparison == Comparison::kAtLeast ? *order >= 0 : *order <= 0;
    }
  }
  return std::nullopt;
}

}  // namespace

Outcome MeetsWish(const Rule& rule, const Context& context) {
  const cluster::Component& component = *context.component;
  const Setting setting = component.Get(rule.setting);
  if (setting.state == SettingState::kUnknown) return UnknownSetting(component, setting);
  if (setting.state == SettingState::kAbsent) {
    return rule.own->comparison == Comparison::kIsUnset ? Pass(Says(component, setting))
                                                        : AbsentSetting(component, setting);
  }
  const std::optional<bool> good = Meets(*rule.own, setting);
  if (!good) {
    return Unknown(fmt::format("{}, which cannot be compared with {}", Says(component, setting),
                               PrintableShort(rule.own->values.front(), 60)),
                   "compare a number with a number, a duration with a duration",
                   {EvidenceOf(setting)});
  }
  return *good ? Pass(Says(component, setting), {EvidenceOf(setting)})
               : Fails(Says(component, setting), {EvidenceOf(setting)});
}

}  // namespace seawall::rules
