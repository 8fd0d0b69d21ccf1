#include "cluster/flag_use.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"
#include "cluster/value_text.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

using versions::FlagType;
using versions::Repeat;

constexpr const char* kLookAtProcess =
    "run seawall on the node itself, as root, where the running process shows it";

Place PartPlace(const FlagUse& use, const Part& part) {
  if (use.argument == nullptr) return use.place;
  return use.argument->PlaceOf(use.from + part.begin, use.from + part.end);
}

/// Adds the elements of one use to `parts`; false when the component would refuse the value.
bool Split(const FlagUse& use, std::vector<Part>& parts) {
  switch (use.row->repeat) {
    case Repeat::kAppendRaw:
      parts = {{use.value, 0, use.value.size()}};
      return true;
    case Repeat::kAppendCsv:
      if (auto fields = SplitCsv(use.value)) {
        parts = std::move(*fields);
        return true;
      }
      return false;
    default:
      parts = SplitAt(use.value, ',');
      return true;
  }
}

/// A pair of a map flag, made canonical; false when the component would refuse it. Some kubelet
/// flags write "k<v".
bool ReadPair(const FlagUse& use, Part& part, std::string& key) {
  const size_t sign = part.text.find_first_of(use.name.starts_with("eviction-") ? "<=" : "=");
  const Part left = Trimmed({part.text.substr(0, sign), 0, 0});
  key = left.text;
  if (sign == std::string::npos) {
    // allow-metric-labels has a notation of its own: metric,label='value1,value2'.
    return use.name == "node-labels" || use.name == "runtime-config" ||
           use.name == "allow-metric-labels";
  }
  std::string value = Trimmed({part.text.substr(sign + 1), 0, 0}).text;
  if (use.name == "feature-gates") {
    const auto on = ParseBool(value);
    if (!on) return false;
    value = *on ? "true" : "false";
  }
  part.text = key + part.text[sign] + value;
  return true;
}

class Fold {
 public:
  Fold(const std::vector<const FlagUse*>& uses, std::vector<Problem>& problems)
      : uses_(uses), problems_(problems) {}

  Setting Make(const std::string& hidden, size_t hidden_after) {
    const FlagUse& last = *uses_.back();
    setting_.name = last.name;
    setting_.state = SettingState::kSet;
    setting_.origin = {last.origin, last.place, last.note};
    // What a program passes by itself (k3s) is a default that somebody else gives.
    const bool own = std::ranges::all_of(
        uses_, [](const FlagUse* use) { return use->origin == OriginKind::kDefault; });
    if (own) setting_.state = SettingState::kDefault;
    const bool list = last.row != nullptr && last.row->type == FlagType::kList;
    const bool map = last.row != nullptr && last.row->type == FlagType::kMap;
    const bool adds = last.row != nullptr && (last.row->repeat == Repeat::kAppendCsv ||
                                              last.row->repeat == Repeat::kAppendRaw ||
                                              last.row->repeat == Repeat::kMergeMap);
    if (!hidden.empty() && (adds || hidden_after == uses_.size())) Doubt(hidden);
    if (map)
      AddPairs();
    else if (adds || list)
      AddElements(adds);
    else
      Scalar();
    std::ranges::reverse(setting_.overrode);  // strongest first
    if (setting_.state == SettingState::kUnknown) {
      setting_.text.clear();
      setting_.items.clear();
      if (setting_.how.empty()) setting_.how = kLookAtProcess;
    }
    return std::move(setting_);
  }

 private:
  void Doubt(const std::string& why) {
    setting_.state = SettingState::kUnknown;
    if (setting_.why.empty()) setting_.why = why;
  }

  void Refuse(const FlagUse& use) {
    problems_.push_back(FlagProblem(Problem::Kind::kBadValue, use.name,
                                    fmt::format("--{} takes {}", use.name, Takes(use.row->type)),
                                    use.place));
    Doubt("the value is not one that the component takes");
    setting_.how = "mend the value: the component does not start with it";
  }

  std::string Shown(const FlagUse& use, std::string text) const {
    return Redacted(use.name, std::move(text), use.row != nullptr);
  }

  void Scalar() {
    for (const FlagUse* use : uses_) {
      const bool last = use == uses_.back();
      if (!use->unknown.empty()) {
        if (last) Doubt(use->unknown);
        continue;
      }
      const auto value =
          CanonicalValue(use->row != nullptr ? use->row->type : FlagType::kString, use->value);
      if (!value) {
        if (last)
          Refuse(*use);
        else
          RefuseQuietly(*use);
        continue;
      }
      std::string text = Shown(*use, *value);
      if (!last) {
        setting_.overrode.push_back({text, {use->origin, use->place, use->note}});
        continue;
      }
      setting_.text = text;
      setting_.items = {{text, use->place}};
    }
  }

  /// A bad value that a later one overrides still stops the component, and says nothing of the
  /// setting.
  void RefuseQuietly(const FlagUse& use) {
    problems_.push_back(FlagProblem(Problem::Kind::kBadValue, use.name,
                                    fmt::format("--{} takes {}", use.name, Takes(use.row->type)),
                                    use.place));
  }

  void AddElements(bool adds) {
    for (const FlagUse* use : uses_) {
      if (!use->unknown.empty()) {
        if (adds || use == uses_.back()) Doubt(use->unknown);
        continue;
      }
      std::vector<Part> parts;
      if (!Split(*use, parts)) {
        Refuse(*use);
        continue;
      }
      if (!adds && !setting_.items.empty()) {
        const Origin origin{previous_->origin, previous_->place, previous_->note};
        setting_.overrode.push_back({Joined(setting_.items), origin});
        setting_.items.clear();
      }
      for (const Part& part : parts)
        setting_.items.push_back({Shown(*use, part.text), PartPlace(*use, part)});
      previous_ = use;
    }
    setting_.text = Joined(setting_.items);
  }

  void AddPairs() {
    std::map<std::string, size_t, std::less<>> seen;
    std::vector<Origin> origins;
    for (const FlagUse* use : uses_) {
      if (!use->unknown.empty()) {
        Doubt(use->unknown);
        continue;
      }
      for (Part& part : SplitAt(use->value, ',')) {
        part = Trimmed(part);
        if (part.text.empty()) continue;
        std::string key;
        if (!ReadPair(*use, part, key)) {
          Refuse(*use);
          break;
        }
        const Item item{Shown(*use, part.text), PartPlace(*use, part)};
        const auto [found, fresh] = seen.try_emplace(key, setting_.items.size());
        if (fresh) {
          setting_.items.push_back(item);
          origins.push_back({use->origin, item.place, {}});
          continue;
        }
        Item& old = setting_.items[found->second];
        setting_.overrode.push_back({old.text, origins[found->second]});
        old = item;
        origins[found->second] = {use->origin, item.place, {}};
      }
    }
    setting_.text = Joined(setting_.items);
  }

  const std::vector<const FlagUse*>& uses_;
  std::vector<Problem>& problems_;
  const FlagUse* previous_ = nullptr;
  Setting setting_;
};

std::string RemovedText(const FlagTable& table, const std::string& name) {
  const auto* removed = versions::FindRemoved(table.component(), name);
  if (removed == nullptr || removed->gone_in > table.minor().minor) return "";
  std::string text = fmt::format(" (gone in {}.{}", table.minor().major, removed->gone_in);
  if (removed->advice != nullptr && removed->advice[0] != '\0')
    text += fmt::format(": {}", removed->advice);
  return text + ")";
}

std::string DidYouMean(const FlagTable& table, const std::string& name) {
  std::vector<std::string_view> known;
  for (const versions::FlagRow& row : versions::Flags()) {
    if (std::string_view(row.component) == table.component() &&
        versions::Covers(row, table.minor())) {
      known.emplace_back(row.name);
    }
  }
  const auto near = Closest(name, known);
  return near ? fmt::format(" (did you mean --{}?)", *near) : "";
}

}  // namespace

Problem FlagProblem(Problem::Kind kind, std::string flag, std::string text, Place place,
                    bool fatal) {
  Problem problem;
  problem.kind = kind;
  problem.fatal = fatal;
  problem.setting = std::move(flag);
  problem.text = std::move(text);
  problem.place = std::move(place);
  return problem;
}

Problem UnknownFlag(const FlagTable& table, const std::string& name, const Place& place,
                    bool hint) {
  const std::string shown = PrintableShort(name, 80);
  if (!table.certain()) {
    return FlagProblem(Problem::Kind::kUnknownFlag, name,
                       fmt::format("no version of {} that seawall knows ({}) has a flag --{}",
                                   table.component(), table.Range(), shown),
                       place, false);
  }
  std::string more = RemovedText(table, name);
  if (more.empty() && hint) more = DidYouMean(table, name);
  return FlagProblem(
      Problem::Kind::kUnknownFlag, name,
      fmt::format("{} {}.{} does not know --{} and does not start{}", table.component(),
                  table.minor().major, table.minor().minor, shown, more),
      place);
}

Setting FoldUses(const std::vector<const FlagUse*>& uses, const std::string& hidden,
                 size_t hidden_after, std::vector<Problem>& problems) {
  return Fold(uses, problems).Make(hidden, hidden_after);
}

Settings FoldFlags(const FlagRead& read, std::vector<Problem>& problems) {
  struct Group {
    std::vector<const FlagUse*> uses;
    size_t before_hidden = 0;
  };
  std::map<std::string_view, Group> groups;
  for (size_t i = 0; i < read.uses.size(); ++i) {
    Group& group = groups[read.uses[i].name];
    group.uses.push_back(&read.uses[i]);
    if (i < read.hidden_before) ++group.before_hidden;
  }
  Settings settings;
  for (const auto& [name, group] : groups) {
    settings.emplace(name, FoldUses(group.uses, read.hidden, group.before_hidden, problems));
  }
  return settings;
}

}  // namespace seawall::cluster
