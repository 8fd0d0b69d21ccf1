#include "cluster/kinds/decode.h"

#include <fmt/format.h>

#include <limits>

#include "cluster/values.h"

namespace seawall::cluster::kinds {
namespace {

const char* Wanted(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return "a string";
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInt32:
      return "a whole number";
    case FieldType::kDuration:
    case FieldType::kDurationPointer:
      return "a duration such as 30s";
    case FieldType::kObject:
      return "a mapping";
    case FieldType::kAny:
      break;
  }
  return "anything";
}

const char* Shown(const yaml::Value& value) {
  if (value.is_mapping()) return "a mapping";
  if (value.is_sequence()) return "a list";
  switch (value.type()) {
    case yaml::ScalarType::kNull:
      return "nothing";
    case yaml::ScalarType::kBool:
      return "a boolean";
    case yaml::ScalarType::kInt:
    case yaml::ScalarType::kFloat:
      return "a number";
    case yaml::ScalarType::kString:
      return "a string";
  }
  return "something else";
}

}  // namespace

const char* ToString(LoadState state) {
  switch (state) {
    case LoadState::kNotSet:
      return "not set";
    case LoadState::kNotKnown:
      return "not known";
    case LoadState::kNotMounted:
      return "not mounted";
    case LoadState::kMissing:
      return "missing";
    case LoadState::kUnreadable:
      return "unreadable";
    case LoadState::kMalformed:
      return "malformed";
    case LoadState::kRefused:
      return "refused";
    case LoadState::kLoaded:
      return "loaded";
  }
  return "not known";
}

Result<void> Decoder::Header(const yaml::Value& document, std::string_view kind,
                             std::span<const KnownVersion> versions) {
  const std::string attempt = fmt::format("decode {}", kind);
  const auto where = [&] {
    const Place p = document.exists() ? document.place() : Place{};
    return fmt::format("{}:{}:{}", p.file, p.line, p.column);
  };
  if (!document.exists() || document.is_null()) {
    return Fail(ErrorCode::kMalformed, attempt,
                document.stream() != nullptr ? document.stream()->file() : "", "it is empty");
  }
  if (!document.is_mapping()) {
    return Fail(ErrorCode::kMalformed, attempt, where(), "it is not a mapping");
  }
  const Placed<std::string> found_kind = Text(document, "kind");
  const Placed<std::string> version = Text(document, "apiVersion");
  if (found_kind.value != kind && found_kind.written) {
    return Fail(ErrorCode::kMalformed, attempt, where(),
                fmt::format("it is of kind {}", Quote(found_kind.value)));
  }
  view_.kind = found_kind.value;
  view_.api_version = version.value;
  view_.place = document.place();
  if (!found_kind.written) Refuse("kind", "kind is missing", document.place());
  if (!version.written) {
    Refuse("apiVersion", "apiVersion is missing", document.place());
    return {};
  }
  for (const KnownVersion& known : versions) {
    if (known.api_version != version.value) continue;
    if (!AtLeast(known.since)) {
      Refuse("apiVersion",
             fmt::format("{} {} is read since 1.{} only", kind, version.value, known.since),
             version.place);
    }
    return {};
  }
  Refuse("apiVersion", fmt::format("no {} of apiVersion {} is known", kind, Quote(version.value)),
         version.place);
  return {};
}

void Decoder::Check(const yaml::Value& value, const Shape& shape, const std::string& path) {
  for (const yaml::Value::Pair& pair : value.Pairs()) {
    if (view_.problems.size() >= View::kProblemLimit) return;
    const std::string& key = pair.key.text();
    const Field* field = nullptr;
    for (const Field& f : shape.fields) {
      if (key == f.name && AtLeast(f.since)) field = &f;
    }
    if (field != nullptr) {
      CheckField(pair.value, *field, FieldPath(path, key));
    } else if (!path.empty() || (key != "kind" && key != "apiVersion")) {
      Add(Problem::Kind::kUnknownField, strictness_ == Strictness::kStrict,
          FieldPath(path, Quote(key)), fmt::format("unknown field {}", FieldPath(path, Quote(key))),
          pair.key.place());
    }
  }
}

void Decoder::CheckField(const yaml::Value& value, const Field& field, const std::string& path) {
  if (!field.list) return CheckOne(value, field, path);
  if (value.is_null()) return;
  if (!value.is_sequence()) {
    Refuse(path, fmt::format("{} must be a list and is {}", path, Shown(value)), value.place());
    return;
  }
  size_t index = 0;
  for (const yaml::Value& item : value.Items()) {
    if (view_.problems.size() >= View::kProblemLimit) return;
    CheckOne(item, field, At(path, index++));
  }
}

bool Decoder::RightScalar(const yaml::Value& value, FieldType type) const {
  if (!value.is_scalar()) return false;
  switch (type) {
    case FieldType::kString:
      return value.type() == yaml::ScalarType::kString;
    case FieldType::kBool:
      return value.type() == yaml::ScalarType::kBool;
    case FieldType::kInt32: {
      const auto number = value.AsInt();
      return number && *number >= std::numeric_limits<int32_t>::min() &&
             *number <= std::numeric_limits<int32_t>::max();
    }
    case FieldType::kDuration:
    case FieldType::kDurationPointer:
      return value.type() == yaml::ScalarType::kString && ParseDuration(value.text()).has_value();
    case FieldType::kObject:
      return false;
    case FieldType::kAny:
      return true;
  }
  return false;
}

void Decoder::CheckOne(const yaml::Value& value, const Field& field, const std::string& path) {
  if (field.type == FieldType::kAny) return;
  if (value.is_null() && field.type != FieldType::kDuration) return;
  if (field.type == FieldType::kObject && value.is_mapping()) {
    if (field.shape != nullptr) Check(value, *field.shape, path);
    return;
  }
  if (RightScalar(value, field.type)) return;
  // Never the value itself: a secret may stand where a number was wanted.
  Refuse(path,
         fmt::format("{} must be {} and is {}", path, Wanted(field.type),
                     field.type == FieldType::kDuration && value.is_scalar() ? "something else"
                                                                             : Shown(value)),
         value.place());
}

void Decoder::Duplicates(const yaml::Value& document) {
  if (document.stream() == nullptr || !document.exists()) return;
  const Span within = document.place().bytes;
  for (const yaml::Duplicate& d : document.stream()->duplicates()) {
    if (d.again.bytes.begin < within.begin || d.again.bytes.begin >= within.end) continue;
    Add(Problem::Kind::kDuplicateKey, strictness_ == Strictness::kStrict, Quote(d.key),
        fmt::format("the key {} stands twice, first on line {}", Quote(d.key), d.first.line),
        d.again);
  }
}

void Decoder::Add(Problem::Kind kind, bool fatal, const std::string& path, std::string text,
                  const Place& place) {
  if (view_.problems.size() >= View::kProblemLimit) return;
  view_.problems.push_back({kind, fatal, path, std::move(text), place});
}

void Decoder::Refuse(const std::string& path, std::string text, const Place& place,
                     Problem::Kind kind) {
  Add(kind, true, path, std::move(text), place);
}

void Decoder::Warn(const std::string& path, std::string text, const Place& place,
                   Problem::Kind kind) {
  Add(kind, false, path, std::move(text), place);
}

}  // namespace seawall::cluster::kinds
