#include "review/abac.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "yaml/document.h"
#include "yaml/events.h"

namespace seawall::review {
namespace {

/// bufio.Scanner gives up at a line that does not fit with its end into 64 KiB.
constexpr size_t kLongestLine = 65535;
constexpr std::string_view kGroup = "abac.authorization.kubernetes.io/";
constexpr const char* kEverybody = "system:authenticated";

enum class Type : uint8_t { kText, kFlag };
/// Which of a line's readings has the field: v0's top level, v1beta1's spec, or both versions'
/// apiVersion and kind.
enum class Level : uint8_t { kMeta, kOld, kSpec };

struct FieldRow {
  const char* name;
  Level level;
  Type type;
  std::string AbacLine::* text;
};
constexpr FieldRow kFields[] = {
    {"user", Level::kOld, Type::kText, &AbacLine::user},
    {"group", Level::kOld, Type::kText, &AbacLine::group},
    {"readonly", Level::kOld, Type::kFlag, nullptr},
    {"resource", Level::kOld, Type::kText, &AbacLine::resource},
    {"namespace", Level::kOld, Type::kText, &AbacLine::space},
    {"user", Level::kSpec, Type::kText, &AbacLine::user},
    {"group", Level::kSpec, Type::kText, &AbacLine::group},
    {"readonly", Level::kSpec, Type::kFlag, nullptr},
    {"apiGroup", Level::kSpec, Type::kText, &AbacLine::api_group},
    {"resource", Level::kSpec, Type::kText, &AbacLine::resource},
    {"namespace", Level::kSpec, Type::kText, &AbacLine::space},
    {"nonResourcePath", Level::kSpec, Type::kText, &AbacLine::path},
};

/// One object, read both ways at once: which one counts is known at its end.
class LineSink : public yaml::EventSink {
 public:
  bool BeginDocument(uint32_t) override {
    ++documents;
    return true;
  }
  bool EndDocument() override { return true; }
  bool Key(std::string_view key, uint32_t) override {
    if (depth_ == 1) key_ = key;
    if (depth_ == 2) spec_key_ = key;
    return true;
  }
  bool Scalar(const yaml::ScalarEvent& scalar) override {
    if (scalar.type == yaml::ScalarType::kNull) return true;  // leaves what was there
    if (depth_ == 0) {
      no_object = true;
    } else if (depth_ == 1 && key_ == "spec") {
      wrong[static_cast<size_t>(Level::kSpec)] = "spec";
    } else {
      Take(scalar.text, scalar.type);
    }
    return true;
  }
  bool BeginMapping(uint32_t) override { return Open(true); }
  bool EndMapping() override {
    --depth_;
    return true;
  }
  bool BeginSequence(uint32_t) override { return Open(false); }
  bool EndSequence() override {
    --depth_;
    return true;
  }
  void Restart() override {
    const size_t had = documents;
    *this = LineSink();
    documents = had;
  }

  std::string api_version, kind;
  AbacLine old, spec;
  std::string wrong[3];  ///< the field of a wrong type, by level
  bool no_object = false;
  size_t documents = 0;

 private:
  bool Open(bool mapping) {
    if (depth_ == 0 && !mapping) no_object = true;
    if (depth_ == 1 && key_ == "spec") {
      if (!mapping) wrong[static_cast<size_t>(Level::kSpec)] = "spec";
      in_spec_ = mapping;
    } else if (depth_ == 1) {
      in_spec_ = false;
      Take("", std::nullopt);
    } else if (depth_ == 2 && in_spec_) {
      Take("", std::nullopt);
    }
    ++depth_;
    return true;
  }

  /// `type` is nothing for an object or a list.
  void Take(std::string_view text, std::optional<yaml::ScalarType> type) {
    const bool top = depth_ == 1;
    if (!top && !(depth_ == 2 && in_spec_)) return;
    const std::string_view key = top ? key_ : spec_key_;
    const auto mark = [&](Level level) { wrong[static_cast<size_t>(level)] = key; };
    if (top && (key == "apiVersion" || key == "kind")) {
      if (type != yaml::ScalarType::kString) return mark(Level::kMeta);
      (key == "kind" ? kind : api_version) = text;
      return;
    }
    const Level level = top ? Level::kOld : Level::kSpec;
    const auto* const field = std::ranges::find_if(
        kFields, [&](const FieldRow& row) { return row.level == level && key == row.name; });
    if (field == std::end(kFields)) return;
    AbacLine& line = top ? old : spec;
    if (field->type == Type::kText) {
      if (type != yaml::ScalarType::kString) return mark(level);
      line.*(field->text) = text;
    } else {
      if (type != yaml::ScalarType::kBool) return mark(level);
      line.readonly = text == "true" || text == "True" || text == "TRUE" || Lower(text) == "yes" ||
                      Lower(text) == "on" || Lower(text) == "y";
    }
  }

  size_t depth_ = 0;
  bool in_spec_ = false;
  std::string key_, spec_key_;
};

/// pkg/apis/abac/v0/conversion.go
AbacLine FromOld(AbacLine line) {
  line.v0 = true;
  if (line.user.empty() && line.group.empty()) line.group = kEverybody;
  if (line.space.empty() && line.resource.empty()) line.path = "*";
  if (line.space.empty()) line.space = "*";
  if (line.resource.empty()) line.resource = "*";
  line.api_group = "*";
  return line;
}

/// Either version: pkg/apis/abac/v1beta1/conversion.go.
void ExpandEverybody(AbacLine& line) {
  if (line.user != "*" && line.group != "*") return;
  line.user.clear();
  line.group = kEverybody;
}

/// As encoding/json does.
std::string WithoutInvalid(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8 character = DecodeUtf8(text, at);
    if (character.valid) {
      out += text.substr(at, character.length);
    } else {
      AppendUtf8(out, 0xFFFD);
    }
    at += character.length;
  }
  return out;
}

Result<AbacLine> ReadLine(const std::string& where, std::string_view text) {
  const auto refuse = [&](std::string why) {
    return Fail(ErrorCode::kMalformed, "read an ABAC policy", where, std::move(why),
                "correct the line: kube-apiserver does not start with it");
  };
  std::string clean;
  if (FindInvalidUtf8(text) != std::string::npos) {
    clean = WithoutInvalid(text);
    text = clean;
  }
  const std::string_view trimmed = TrimLeft(text);
  if (trimmed.starts_with("{") && !yaml::IsJson(text)) return refuse("not JSON");
  LineSink sink;
  if (auto ok = yaml::ReadEvents(where, text, sink); !ok) return refuse(ok.error().why);
  if (sink.no_object || sink.documents > 1) return refuse("not one object");
  const auto wrong = [&](Level level) -> const std::string& {
    return sink.wrong[static_cast<size_t>(level)];
  };
  if (!wrong(Level::kMeta).empty()) return refuse(wrong(Level::kMeta) + " is not a string");
  const bool kind = sink.kind == "Policy";
  if (!sink.kind.empty() && !kind)
    return refuse(fmt::format("there is no kind \"{}\"", PrintableShort(sink.kind, 60)));
  const bool beta = sink.api_version == std::string(kGroup) + "v1beta1";
  if (beta && !kind) return refuse("apiVersion without kind");
  if (!beta && !sink.api_version.empty() && sink.api_version != std::string(kGroup) + "v0")
    return refuse(fmt::format("there is no version \"{}\"", PrintableShort(sink.api_version, 60)));
  const Level level = beta ? Level::kSpec : Level::kOld;
  if (!wrong(level).empty()) return refuse(wrong(level) + " has a value of the wrong type");
  AbacLine line = beta ? std::move(sink.spec) : FromOld(std::move(sink.old));
  ExpandEverybody(line);
  return line;
}

}  // namespace

bool Allows(const AbacLine& line, const rbac::Attributes& a) {
  if (line.user.empty() && line.group.empty()) return false;
  if (!line.user.empty() && line.user != a.user) return false;
  if (!line.group.empty() && std::ranges::find(a.groups, line.group) == a.groups.end())
    return false;
  const bool reads = a.verb == "get" || a.verb == "list" || a.verb == "watch";
  if (line.readonly && !reads) return false;
  const auto fits = [](const std::string& own, std::string_view asked) {
    return own == "*" || own == asked;
  };
  if (a.resource_request) {
    return fits(line.space, a.space) && fits(line.resource, a.resource) &&
           fits(line.api_group, a.group);
  }
  if (fits(line.path, a.path)) return true;
  if (!line.path.ends_with('*')) return false;
  const size_t last = line.path.find_last_not_of('*');
  return a.path.starts_with(
      std::string_view(line.path).substr(0, last == std::string::npos ? 0 : last + 1));
}

const AbacLine* AbacPolicy::Ask(const rbac::Attributes& attributes) const {
  const auto at =
      std::ranges::find_if(lines, [&](const AbacLine& line) { return Allows(line, attributes); });
  return at == lines.end() ? nullptr : &*at;
}

Result<AbacPolicy> ReadAbac(const std::string& file, std::string_view bytes) {
  AbacPolicy policy;
  policy.file = file;
  uint32_t number = 0;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    const std::string where = fmt::format("{}:{}", file, ++number);
    if (text.size() > kLongestLine)
      return Fail(ErrorCode::kMalformed, "read an ABAC policy", where, "longer than 64 KiB",
                  "shorten the line: kube-apiserver does not start with it");
    if (text.ends_with('\r')) text.remove_suffix(1);
    const std::string_view trimmed = Trim(text);
    if (trimmed.empty() || trimmed.starts_with('#')) continue;
    auto line = ReadLine(where, text);
    if (!line) return std::unexpected(line.error());
    line->line = number;
    policy.lines.push_back(std::move(*line));
  }
  return policy;
}

}  // namespace seawall::review
