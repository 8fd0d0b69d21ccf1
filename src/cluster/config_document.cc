#include "cluster/config_document.h"

#include <fmt/format.h>
#include <cmath>

#include "base/text.h"
#include "cluster/value_text.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

using yaml::ScalarType;
using yaml::Value;

constexpr size_t kProblemLimit = 200;  ///< a hostile file gets no longer list

/// "list<string>" → "string"; "" when `type` is no such container.
std::string_view ElementType(std::string_view type, std::string_view container) {
  if (!type.starts_with(container) || !type.ends_with('>')) return "";
  type.remove_prefix(container.size());
  type.remove_suffix(1);
  return type;
}

bool IsWholeNumber(const Value& value) {
  if (value.type() == ScalarType::kInt) return value.AsInt().has_value();
  if (value.type() != ScalarType::kFloat) return false;
  const auto number = ParseFloat(value.text());
  return number && std::floor(*number) == *number && std::abs(*number) < 9e15;
}

/// The one form of a scalar of `type`; nothing when the decoder refuses it.
std::optional<std::string> ScalarText(const Value& value, std::string_view type) {
  if (!value.is_scalar()) return std::nullopt;
  const ScalarType found = value.type();
  const bool number = found == ScalarType::kInt || found == ScalarType::kFloat;
  const bool text = found == ScalarType::kString;
  if (type == "bool") {
    const auto on = value.AsBool();
    if (!on) return std::nullopt;
    return *on ? "true" : "false";
  }
  if (type == "int") {
    if (!IsWholeNumber(value)) return std::nullopt;
    if (const auto whole = value.AsInt()) return std::to_string(*whole);
    return std::to_string(static_cast<int64_t>(*ParseFloat(value.text())));
  }
  if (type == "duration") {
    if (!text) return std::nullopt;
    return CanonicalValue(versions::FlagType::kDuration, value.text());
  }
  if (type == "quantity") {
    if (number || (text && IsQuantity(value.text()))) return value.text();
    return std::nullopt;
  }
  if (type == "float" && !number) return std::nullopt;
  if (type == "int-or-string" && !number && !text) return std::nullopt;
  if ((type == "string" || type == "time") && !text) return std::nullopt;
  if (const auto on = value.AsBool()) return *on ? "true" : "false";
  if (const auto whole = value.AsInt()) return std::to_string(*whole);
  return value.text();
}

class Flattener {
 public:
  Flattener(const ConfigShape& shape, const FlagTable& table, ConfigDocument& out)
      : shape_(shape), table_(table), out_(out) {
    const std::string_view api = shape.api_version;
    checked_ = shape.kind[0] == '\0'
                   ? table.certain()
                   : table.certain() && versions::KnowsKind(shape.rows, api, table.minor());
  }

  void Object(const Value& object, const std::string& path, const std::string& row_path) {
    for (const auto& pair : object.Pairs()) {
      const std::string& key = pair.key.text();
      if (path.empty() && shape_.kind[0] != '\0' && (key == "apiVersion" || key == "kind"))
        continue;
      const std::string dot = path.empty() ? "" : ".";
      Field(pair.key, pair.value, path + dot + key, row_path + dot + key);
    }
  }

 private:
  void Field(const Value& key, const Value& value, const std::string& path,
             const std::string& row_path) {
    const auto* row = table_.FieldRow(shape_.rows, row_path, shape_.api_version);
    if (row == nullptr && checked_) return Unknown(key, path);
    if (value.is_null()) {
      out_.nulls.push_back(path);
      out_.null_places.push_back(value.place());
      return;
    }
    const std::string_view type = row == nullptr ? "any" : row->type;
    if (type == "any" || type == "object") {
      if (value.is_mapping()) return Object(value, path, row_path);
      if (type == "object") return Mistyped(value, path, "a mapping");
      if (value.is_sequence()) return List(value, path, row_path, "any");
      return Scalar(value, path, "any");
    }
    if (const auto element = ElementType(type, "list<"); !element.empty()) {
      if (!value.is_sequence()) return Mistyped(value, path, "a list");
      return List(value, path, row_path, element);
    }
    if (const auto element = ElementType(type, "map<"); !element.empty()) {
      if (!value.is_mapping()) return Mistyped(value, path, "a mapping");
      return Map(value, path, row_path, element);
    }
    Scalar(value, path, type);
  }

  Setting& Start(const std::string& path, const Value& value) {
    Setting& setting = out_.settings[path];
    setting = {};
    setting.name = path;
    setting.state = SettingState::kSet;
    setting.origin = {shape_.origin, value.place(), {}};
    return setting;
  }

  void Scalar(const Value& value, const std::string& path, std::string_view type) {
    auto text = ScalarText(value, type);
    // TimeOrMetaDuration: the one duration that may be nanoseconds too, as kubeadm writes it.
    if (!text && type == "duration" && path == "logging.flushFrequency" && value.AsInt())
      text = FormatDuration(*value.AsInt());
    if (!text) return Mistyped(value, path, type == "bool" ? "true or false" : std::string(type));
    Setting& setting = Start(path, value);
    setting.text = Redacted(path, std::move(*text));
    setting.items = {{setting.text, value.place()}};
  }

  void List(const Value& value, const std::string& path, const std::string& row_path,
            std::string_view element) {
    std::vector<Item> items;
    bool good = true;
    for (const Value& item : value.Items()) {
      if (item.is_mapping()) {
        Nested(item, path + "[" + std::to_string(items.size()) + "]", row_path + "[]");
        items.push_back({Redacted(path, Summary(item)), item.place()});
        continue;
      }
      auto text = ScalarText(item, element == "object" ? "none" : element);
      if (!text || element == "object") {
        Mistyped(item, path, std::string(element));
        good = false;
        break;
      }
      items.push_back({Redacted(path, std::move(*text)), item.place()});
    }
    if (!good) return;
    Setting& setting = Start(path, value);
    setting.items = std::move(items);
    setting.text = Joined(setting.items);
  }

  /// Fields of an object in a list: only checked for being known, the item's summary stands for
  /// them.
  void Nested(const Value& object, const std::string& path, const std::string& row_path) {
    if (!checked_) return;
    for (const auto& pair : object.Pairs()) {
      const std::string row = row_path + "." + pair.key.text();
      if (table_.FieldRow(shape_.rows, row, shape_.api_version) != nullptr) continue;
      const auto* parent = table_.FieldRow(shape_.rows, row_path, shape_.api_version);
      if (parent == nullptr || std::string_view(parent->type) != "any")
        Unknown(pair.key, path + "." + pair.key.text());
    }
  }

  /// "key=NoSchedule,effect=…" of an object's scalars.
  static std::string Summary(const Value& object) {
    std::string text;
    for (const auto& pair : object.Pairs()) {
      if (!pair.value.is_scalar()) continue;
      if (!text.empty()) text += ';';
      text += pair.key.text() + "=" + pair.value.text();
    }
    return text;
  }

  void Map(const Value& value, const std::string& path, const std::string& row_path,
           std::string_view element) {
    std::vector<Item> items;
    for (const auto& pair : value.Pairs()) {
      const std::string key_path = path + "." + pair.key.text();
      if (pair.value.is_null()) {
        out_.nulls.push_back(key_path);
        out_.null_places.push_back(pair.value.place());
        continue;
      }
      if (element == "object" && pair.value.is_mapping()) {
        Nested(pair.value, key_path, row_path + "{}");
        items.push_back({pair.key.text() + "=" + Summary(pair.value), pair.value.place()});
        continue;
      }
      if (pair.value.is_sequence()) {
        items.push_back({Redacted(path, pair.key.text()), pair.value.place()});
        continue;
      }
      const auto text = ScalarText(pair.value, element);
      if (!text)
        return Mistyped(pair.value, key_path,
                        element == "bool" ? "true or false" : std::string(element));
      items.push_back({Redacted(path, pair.key.text() + "=" + *text), pair.value.place()});
      if (element == "bool") {
        Setting& one = Start(key_path, pair.value);
        one.text = *text;
        one.items = {{*text, pair.value.place()}};
      }
    }
    Setting& setting = Start(path, value);
    setting.items = std::move(items);
    setting.text = Joined(setting.items);
  }

  void Add(Problem problem) {
    if (out_.problems.size() < kProblemLimit) out_.problems.push_back(std::move(problem));
  }

  void Unknown(const Value& key, const std::string& path) {
    Add(FlagProblem(Problem::Kind::kUnknownField, path,
                    fmt::format("{} of {} {}.{} has no field {}{}", shape_.rows, table_.component(),
                                table_.minor().major, table_.minor().minor,
                                PrintableShort(path, 120), shape_.strict ? "" : ": it is ignored"),
                    key.place(), shape_.strict));
  }

  void Mistyped(const Value& value, const std::string& path, const std::string& wanted) {
    Add(FlagProblem(Problem::Kind::kMalformedFile, path,
                    fmt::format("{} wants {} here: {} does not start", PrintableShort(path, 120),
                                wanted, table_.component()),
                    value.place()));
    Setting& setting = Start(path, value);
    setting.state = SettingState::kUnknown;
    setting.why = "the value in the file has the wrong type";
    setting.how = "mend the file: the component does not start with it";
  }

  const ConfigShape& shape_;
  const FlagTable& table_;
  ConfigDocument& out_;
  bool checked_ = false;
};

void Refuse(ConfigDocument& document, std::string why, const Place& place) {
  document.refused = true;
  document.why = why;
  document.problems.push_back(
      FlagProblem(Problem::Kind::kMalformedFile, "", std::move(why), place));
}

/// Nothing when `root` is what the shape wants; else why not.
std::string WhyNot(const Value& root, const ConfigShape& shape) {
  if (!root.exists() || root.is_null()) return "the file is empty";
  if (!root.is_mapping()) return "the file is not a mapping";
  if (shape.kind[0] == '\0') return "";
  const std::string& kind = root["kind"].text();
  const std::string& api = root["apiVersion"].text();
  if (kind == shape.kind && api == shape.api_version) return "";
  const auto shown = [](const std::string& text) {
    return text.empty() ? "none" : PrintableShort(text, 60);
  };
  return fmt::format("{} {} is wanted, the file says apiVersion {}, kind {}", shape.api_version,
                     shape.kind, shown(api), shown(kind));
}

}  // namespace

ConfigDocument ReadConfigValue(const Value& root, const ConfigShape& shape,
                               const FlagTable& table) {
  ConfigDocument document;
  if (std::string why = WhyNot(root, shape); !why.empty()) {
    Refuse(document, std::move(why), root.exists() ? root.place() : Place{});
    return document;
  }
  Flattener(shape, table, document).Object(root, "", "");
  return document;
}

ConfigDocument ReadConfigDocument(const yaml::Stream& stream, const ConfigShape& shape,
                                  const FlagTable& table) {
  const Value root = stream.root();
  ConfigDocument document = ReadConfigValue(root, shape, table);
  if (document.refused && document.problems.front().place.file.empty()) {
    document.problems.front().place.file = stream.file();
  }
  if (!root.exists()) return document;
  const size_t end =
      stream.documents() > 1 ? stream.root(1).node().span.begin : stream.bytes().size();
  for (const yaml::Duplicate& duplicate : stream.duplicates()) {
    if (duplicate.again.bytes.begin >= end || document.problems.size() >= kProblemLimit) break;
    document.problems.push_back(
        FlagProblem(Problem::Kind::kDuplicateKey, duplicate.key,
                    fmt::format("the key {} stands twice (first in line {})",
                                PrintableShort(duplicate.key, 80), duplicate.first.line),
                    duplicate.again, shape.strict));
  }
  return document;
}

}  // namespace seawall::cluster
