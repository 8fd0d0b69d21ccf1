#include "cluster/etcd_config.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/config_document.h"
#include "cluster/flag_table.h"
#include "cluster/value_text.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

using yaml::Value;

constexpr const char* kRows = "EtcdConfig";

class Reader {
 public:
  explicit Reader(Component& etcd) : etcd_(etcd), table_(etcd.kind, etcd.version) {}

  void Mapping(const Value& mapping, const std::string& prefix) {
    for (const auto& pair : mapping.Pairs()) Key(pair.key, pair.value, prefix + pair.key.text());
  }

 private:
  void Key(const Value& key, const Value& value, std::string path) {
    const auto* row = table_.FieldRow(kRows, path);
    if (row == nullptr) row = OtherCase(path);
    if (row == nullptr) return Unknown(key, path);
    path = row->path;
    if (value.is_null()) return;
    const std::string_view type = row->type;
    if (type == "object") {
      if (!value.is_mapping()) return Mistyped(value, path, "a mapping");
      return Mapping(value, path + ".");
    }
    const char* flag = table_.FlagOf(path);
    Setting setting;
    setting.name = flag != nullptr ? flag : path;
    setting.state = SettingState::kSet;
    setting.origin = {OriginKind::kFile, value.place(), {}};
    if (!Fill(value, type, setting)) return Mistyped(value, path, Wanted(type));
    for (Item& item : setting.items) item.text = Redacted(path, std::move(item.text));
    setting.text = Joined(setting.items);
    etcd_.written[setting.name] = std::move(setting);
  }

  bool Fill(const Value& value, std::string_view type, Setting& setting) const {
    if (type.starts_with("list<")) {
      if (!value.is_sequence()) return false;
      for (const Value& item : value.Items()) {
        if (!item.is_scalar()) return false;
        setting.items.push_back({item.text(), item.place()});
      }
      return true;
    }
    if (!value.is_scalar()) return type == "any" || type.starts_with("map<");
    if (type == "bool") {
      const auto on = value.AsBool();
      if (!on) return false;
      setting.items = {{*on ? "true" : "false", value.place()}};
      return true;
    }
    if (type == "int" || type == "duration") {
      // Durations are numbers of nanoseconds in this file, except where the field takes text.
      const auto number = value.AsInt();
      if (!number && type == "int") return false;
      std::string text = number ? std::to_string(*number) : value.text();
      if (type == "duration") text = number ? FormatDuration(*number) : text;
      setting.items = {{std::move(text), value.place()}};
      return true;
    }
    // Text takes numbers and booleans as well: sigs.k8s.io/yaml turns them into text.
    const auto* flag = table_.Find(setting.name);
    if (flag == nullptr || flag->type != versions::FlagType::kList) {
      setting.items = {{value.text(), value.place()}};
      return true;
    }
    for (const Part& part : SplitAt(value.text(), ',')) {
      setting.items.push_back({Trimmed(part).text, value.PlaceOf(part.begin, part.end)});
    }
    return true;
  }

  /// Go's JSON reader does not look at the case of keys.
  const versions::FieldRow* OtherCase(const std::string& path) const {
    for (const versions::FieldRow& row : versions::Fields()) {
      if (std::string_view(row.kind) == kRows && versions::Covers(row, table_.minor()) &&
          EqualsIgnoringCase(row.path, path)) {
        return &row;
      }
    }
    return nullptr;
  }

  static std::string Wanted(std::string_view type) {
    if (type == "bool") return "true or false";
    return type.starts_with("list<") ? "a list" : std::string(type);
  }

  void Unknown(const Value& key, const std::string& path) {
    if (!table_.certain()) return;
    etcd_.problems.push_back(FlagProblem(
        Problem::Kind::kUnknownField, path,
        fmt::format("etcd {}.{} has no key {} in its configuration file: it is ignored",
                    table_.minor().major, table_.minor().minor, PrintableShort(path, 120)),
        key.place(), false));
  }

  void Mistyped(const Value& value, const std::string& path, const std::string& wanted) {
    etcd_.problems.push_back(
        FlagProblem(Problem::Kind::kMalformedFile, path,
                    fmt::format("{} wants {}: etcd does not start", path, wanted), value.place()));
    const char* flag = table_.FlagOf(path);
    Setting setting;
    setting.name = flag != nullptr ? flag : path;
    setting.state = SettingState::kUnknown;
    setting.origin = {OriginKind::kFile, value.place(), {}};
    setting.why = "the value in the file has the wrong type";
    setting.how = "mend the file: etcd does not start with it";
    etcd_.written[setting.name] = std::move(setting);
  }

  Component& etcd_;
  const FlagTable table_;
};

}  // namespace

void ReadEtcdDocument(const yaml::Stream& stream, Component& etcd) {
  const Value root = stream.root();
  if (!root.exists() || root.is_null()) return;  // an empty file is one of defaults
  if (!root.is_mapping()) {
    etcd.problems.push_back(FlagProblem(Problem::Kind::kMalformedFile, "config-file",
                                        "etcd's configuration file is not a mapping",
                                        root.place()));
    etcd.gaps.push_back({false, "etcd's configuration file is not a mapping", "mend the file"});
    return;
  }
  Reader(etcd).Mapping(root, "");
  for (const yaml::Duplicate& duplicate : stream.duplicates()) {
    etcd.problems.push_back(
        FlagProblem(Problem::Kind::kDuplicateKey, duplicate.key,
                    fmt::format("the key {} stands twice (first in line {})",
                                PrintableShort(duplicate.key, 80), duplicate.first.line),
                    duplicate.again, false));
    if (etcd.problems.size() > 200) break;
  }
}

}  // namespace seawall::cluster
