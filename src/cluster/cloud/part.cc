// How a field is found: through blocks and lists, under each of its names.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/cloud/managed.h"

namespace seawall::cluster::cloud {
namespace {

/// What stands at a path, from the weakest statement to the strongest.
enum class Found : uint8_t { kMissing, kWithout, kEmpty, kValue, kLater, kMalformed };

struct Leaves {
  Found state = Found::kMissing;
  std::vector<yaml::Value> values;
  yaml::Value wrong;  ///< of kMalformed
  void Say(Found found) { state = std::max(state, found); }
};

char Fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal, letter case and underscores aside.
bool SameWord(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (true) {
    while (i < a.size() && a[i] == '_') ++i;
    while (j < b.size() && b[j] == '_') ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    if (Fold(a[i++]) != Fold(b[j++])) return false;
  }
}

bool IsEmpty(const yaml::Value& value) {
  if (value.is_scalar()) return value.is_null() || value.text().empty();
  return value.size() == 0;
}

/// Follows one path. `presence`: whatever stands at its end counts, not only scalars; `list`: what
/// stands there is a list, which counts by its items.
class Walk {
 public:
  Walk(Dialect dialect, std::vector<std::string_view> steps, bool presence, bool list)
      : dialect_(dialect), steps_(std::move(steps)), presence_(presence), list_(list) {}

  Leaves From(const yaml::Value& root, const yaml::Value& later) {
    Step(root, later, 0);
    return std::move(leaves_);
  }

 private:
  void Step(const yaml::Value& value, const yaml::Value& later, size_t at) {
    if (later.is_scalar() && later.AsBool() == true) return leaves_.Say(Found::kLater);
    if (!value.exists() || IsEmpty(value)) {
      const yaml::Value below = Below(later, at);
      if (below.exists()) return Step({}, below, later.is_sequence() ? at : at + 1);
      return leaves_.Say(value.exists() ? Found::kEmpty : Absent(at));
    }
    if (at == steps_.size() && !presence_ && value.is_sequence() != list_) return Wrong(value);
    if (value.is_sequence()) return Each(value, later, at);
    if (at == steps_.size()) return End(value);
    if (!value.is_mapping()) return Wrong(value);
    const std::string_view key = Key(at);
    const yaml::Value child = dialect_ == Dialect::kTerraform ? value[key] : Member(value, key);
    Step(child, later.is_mapping() ? later[key] : yaml::Value(), at + 1);
  }

  void End(const yaml::Value& value) {
    if (!value.is_scalar() && !presence_) return Wrong(value);
    leaves_.values.push_back(value);
    leaves_.Say(Found::kValue);
  }

  std::string_view Key(size_t at) const { return steps_[at].substr(0, steps_[at].find('[')); }

  /// What a plan does not know yet of something that is not among its values.
  yaml::Value Below(const yaml::Value& later, size_t at) const {
    if (later.is_sequence() && later.size() > 0) return later[0];
    if (at == steps_.size() || !later.is_mapping()) return {};
    const yaml::Value child = later[Key(at)];
    return child.is_scalar() && child.AsBool() != true ? yaml::Value() : child;
  }

  /// A command leaves out what is at its default (proto3's JSON, ARM's), so what is not in a block
  /// that is there is empty; Terraform writes null for it.
  Found Absent(size_t at) const {
    if (at < 2) return Found::kMissing;
    return dialect_ == Dialect::kTerraform ? Found::kWithout : Found::kEmpty;
  }

  void Each(const yaml::Value& list, const yaml::Value& later, size_t at) {
    const std::string_view step = at == 0 ? "" : steps_[at - 1];
    const size_t bracket = step.find('[');
    const std::string_view only =
        bracket == step.npos ? "" : step.substr(bracket + 1, step.size() - bracket - 2);
    bool any = false;
    for (size_t i = 0; i < list.size(); ++i) {
      const yaml::Value item = list[i];
      if (!only.empty()) {
        const auto on = Member(item, only).AsBool();
        if (!on) return Wrong(item);
        if (!*on) continue;
      }
      any = true;
      if (at == steps_.size() && (presence_ || !IsEmpty(item))) {
        End(item);  // a block is there even when nothing is in it
        continue;
      }
      Step(item, later.is_sequence() ? later[i] : yaml::Value(), at);
    }
    if (!any) leaves_.Say(Found::kEmpty);
  }

  void Wrong(const yaml::Value& value) {
    if (leaves_.state != Found::kMalformed) leaves_.wrong = value;
    leaves_.Say(Found::kMalformed);
  }

  Dialect dialect_;
  std::vector<std::string_view> steps_;
  bool presence_;
  bool list_;
  Leaves leaves_;
};

/// One of a field's paths, taken apart.
struct Path {
  std::string_view text;
  bool negated = false;
  bool presence = false;
  explicit Path(std::string_view path) : text(path) {
    negated = text.starts_with('!');
    presence = text.starts_with('?');
    if (negated || presence) text.remove_prefix(1);
  }
};

/// Booleans in one spelling (Terraform has some of them as "TRUE"), other text as it stands.
std::string Normal(const std::string& text) {
  if (EqualsIgnoringCase(text, "true")) return "true";
  if (EqualsIgnoringCase(text, "false")) return "false";
  return text;
}

void SetText(Setting& setting, std::string_view text, const Place& place) {
  for (const std::string_view one : Split(text, ',')) {
    if (!one.empty()) setting.items.push_back({std::string(one), place});
  }
  setting.text = text;
}

Setting Unknown(std::string name, std::string why, std::string how) {
  Setting setting;
  setting.name = std::move(name);
  setting.why = std::move(why);
  setting.how = std::move(how);
  return setting;
}

constexpr const char* kWhole = "give the whole output of the provider's own describe command";

/// Why what stands there is not what the field takes.
Setting Malformed(std::string name, const yaml::Value& value) {
  const Place place = value.place();
  std::string why =
      fmt::format("{}:{}:{}: {} is not what {} should be", place.file, place.line, place.column,
                  value.is_mapping()    ? "a mapping"
                  : value.is_sequence() ? "a list"
                                        : "this value",
                  name);
  return Unknown(std::move(name), std::move(why), kWhole);
}

Setting FromLeaves(const Path& path, std::string name, const Leaves& leaves, bool secret) {
  Setting setting;
  setting.name = std::move(name);
  setting.state = SettingState::kSet;
  setting.origin.kind = OriginKind::kFile;
  setting.origin.place = leaves.values.front().place();
  std::vector<std::string> texts;
  for (const yaml::Value& value : leaves.values) {
    std::string text = path.presence ? "true" : secret ? "(hidden)" : Normal(value.text());
    if (path.negated) {
      if (text != "true" && text != "false") return Malformed(setting.name, value);
      text = text == "true" ? "false" : "true";
    }
    setting.items.push_back({text, value.place()});
    texts.push_back(std::move(text));
    if (path.presence) break;
  }
  setting.text = Join(texts, ",");
  return setting;
}

Setting Default(std::string name, std::string_view value, const Place& place) {
  Setting setting;
  setting.name = std::move(name);
  setting.state = SettingState::kDefault;
  setting.origin.place = place;
  SetText(setting, value, place);
  return setting;
}

/// The value of what is not there in a command's output; nullptr: nobody says.
const char* OfDescription(const Field& field, Found found, bool complete) {
  if (found == Found::kEmpty) return field.absent != nullptr ? field.absent : field.blank;
  return complete ? field.absent : nullptr;
}

/// The same of Terraform's attributes.
const char* OfResource(const Field& field, Found found, bool by_hand) {
  if (by_hand && field.unwritten != nullptr) return field.unwritten;
  if (found == Found::kWithout && field.without != nullptr) return field.without;
  return found == Found::kEmpty || by_hand ? field.empty : nullptr;
}

}  // namespace

yaml::Value Member(const yaml::Value& mapping, std::string_view key) {
  if (!mapping.is_mapping()) return {};
  if (const yaml::Value exact = mapping[key]) return exact;
  for (const yaml::Value::Pair& pair : mapping.Pairs()) {
    if (SameWord(pair.key.text(), key)) return pair.value;
  }
  return {};
}

Setting Part::Get(std::string_view field) const {
  const auto row = std::ranges::find_if(fields, [&](const Field& f) { return field == f.name; });
  if (row == fields.end())
    return Unknown(prefix + std::string(field), "seawall does not know this setting", "");
  const bool terraform = dialect == Dialect::kTerraform;
  const std::vector<std::string> paths = SplitWords(terraform ? row->terraform : row->description);
  if (paths.empty()) {
    return Unknown(prefix + std::string(field), "Terraform's resource does not tell it",
                   "audit the provider's own description of the cluster too");
  }
  Found best = Found::kMissing;
  // Of several names the one that people know, where none of them is there.
  const bool known = std::string_view(row->description).find(row->name) != std::string_view::npos;
  std::string best_name =
      prefix + std::string(known && !terraform ? row->name : Path(paths.front()).text);
  yaml::Value wrong;
  for (const std::string& word : paths) {
    const Path path(word);
    std::string found = prefix + std::string(path.text);
    for (const yaml::Value& root : roots) {
      const Leaves leaves =
          Walk(dialect, Split(path.text, '.'), path.presence, row->list).From(root, later);
      if (leaves.state == Found::kValue) {
        if (path.negated) found.insert(0, 1, '!');
        // What stands there is not the value itself, so it is called by the field's name.
        if (path.presence) found = prefix + row->name;
        return FromLeaves(path, std::move(found), leaves, row->secret);
      }
      if (leaves.state > best) {
        best = leaves.state;
        best_name = path.negated ? prefix + row->name : found;
        wrong = leaves.wrong;
      }
    }
  }
  if (best == Found::kMalformed) return Malformed(best_name, wrong);
  if (best == Found::kLater)
    return Unknown(best_name, fmt::format("{} is known after apply only", best_name),
                   "audit the state after terraform apply");
  const char* value =
      terraform ? OfResource(*row, best, by_hand) : OfDescription(*row, best, complete);
  if (value != nullptr) return Default(best_name, value, place);
  if (!terraform && !complete && best == Found::kMissing) {
    return Unknown(best_name,
                   fmt::format("{} is not there, nor is most of what the command prints, so it "
                               "need not be at its default",
                               best_name),
                   kWhole);
  }
  return Unknown(best_name,
                 fmt::format("{} is not there, and its default is not documented", best_name),
                 terraform ? "audit the provider's own description of the cluster too"
                           : "describe the cluster with the newest version of the command");
}

}  // namespace seawall::cluster::cloud
