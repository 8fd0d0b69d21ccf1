#include "bundle/manifest.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include "base/json_buffer.h"

namespace seawall::bundle {
namespace {

constexpr std::string_view kFormat = "seawall-bundle";
constexpr size_t kLongest = 1u << 20;

using Writer = rapidjson::PrettyWriter<JsonBuffer>;

void Put(Writer& out, const char* key, std::string_view value) {
  out.Key(key);
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}
void Put(Writer& out, const char* key, bool value) {
  out.Key(key);
  out.Bool(value);
}

std::unexpected<Error> Bad(std::string why, ErrorCode code = ErrorCode::kMalformed,
                           std::string todo = "") {
  return Fail(code, "read the bundle", "seawall.json", std::move(why), std::move(todo));
}

/// Members of the right type; `bad` names the first that is not.
struct Members {
  const rapidjson::Value& object;
  std::string bad{};

  const rapidjson::Value* Get(const char* key, bool (rapidjson::Value::*is)() const) {
    const auto found = object.FindMember(key);
    if (found != object.MemberEnd() && (found->value.*is)()) return &found->value;
    if (bad.empty()) bad = key;
    return nullptr;
  }
  std::string Text(const char* key) {
    const auto* value = Get(key, &rapidjson::Value::IsString);
    return value ? std::string(value->GetString(), value->GetStringLength()) : std::string();
  }
  bool Flag(const char* key) {
    const auto* value = Get(key, &rapidjson::Value::IsBool);
    return value != nullptr && value->GetBool();
  }
  int64_t Number(const char* key) {
    const auto* value = Get(key, &rapidjson::Value::IsInt64);
    return value ? value->GetInt64() : 0;
  }
  std::vector<std::string> Texts(const char* key) {
    std::vector<std::string> texts;
    const auto* value = Get(key, &rapidjson::Value::IsArray);
    for (rapidjson::SizeType i = 0; value != nullptr && i < value->Size(); ++i) {
      if ((*value)[i].IsString()) texts.emplace_back((*value)[i].GetString());
    }
    return texts;
  }
};

}  // namespace

std::string WriteManifest(const Manifest& manifest) {
  JsonBuffer buffer;
  Writer out(buffer);
  out.StartObject();
  Put(out, "format", kFormat);
  out.Key("version");
  out.Int(manifest.version);
  Put(out, "toolVersion", manifest.tool_version);
  out.Key("collected");
  out.Int64(manifest.collected);
  Put(out, "node", manifest.node);
  Put(out, "live", manifest.live);
  Put(out, "asRoot", manifest.as_root);
  if (manifest.api) Put(out, "api", true);
  Put(out, "ownKey", manifest.own_key);
  Put(out, "keyId", manifest.key_id);
  out.Key("replaced");
  out.Uint64(manifest.replaced);
  out.Key("differing");
  out.StartArray();
  for (const std::string& rule : manifest.differing) out.String(rule.c_str());
  out.EndArray();
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

Result<Manifest> ReadManifest(std::string_view json) {
  rapidjson::Document document;
  if (json.size() > kLongest) return Bad("larger than any of seawall's", ErrorCode::kTooLarge);
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return Bad("it is no JSON object");
  Members members{document};
  if (members.Text("format") != kFormat) return Bad("its format is not \"seawall-bundle\"");
  Manifest manifest;
  const int64_t version = members.Number("version");
  if (members.bad.empty() && version != kFormatVersion) {
    return Bad(fmt::format("version {} of the format; this seawall reads version {}", version,
                           kFormatVersion),
               ErrorCode::kUnsupported, "read it with the seawall that made it");
  }
  manifest.tool_version = members.Text("toolVersion");
  manifest.collected = members.Number("collected");
  manifest.node = members.Text("node");
  manifest.live = members.Flag("live");
  manifest.as_root = members.Flag("asRoot");
  manifest.api = document.HasMember("api") && members.Flag("api");
  manifest.own_key = members.Flag("ownKey");
  manifest.key_id = members.Text("keyId");
  manifest.replaced = static_cast<uint64_t>(members.Number("replaced"));
  manifest.differing = members.Texts("differing");
  if (!members.bad.empty()) return Bad(fmt::format("\"{}\" is missing or wrong", members.bad));
  return manifest;
}

}  // namespace seawall::bundle
