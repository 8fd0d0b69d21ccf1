#include "live/object_plan.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "harden/json_out.h"

namespace seawall::live {
namespace {

using yaml::Value;

constexpr std::string_view kServersOwn[] = {"managedFields", "generation", "creationTimestamp",
                                            "selfLink",      "uid",        "resourceVersion"};

struct Writing {
  bool canonical = false;  ///< keys in order, nothing that is empty
  Identity identity = {};
  Member member = {};
};

bool IsServersOwn(std::string_view key) {
  return std::ranges::find(kServersOwn, key) != std::end(kServersOwn);
}

bool IsEmpty(const Value& value) {
  return value.is_null() || (!value.is_scalar() && value.size() == 0);
}

void Write(harden::JsonOut& out, const Value& value, const Writing& how);

void WriteScalar(harden::JsonOut& out, const Value& value) {
  if (value.is_null()) return out.Null();
  if (const auto truth = value.AsBool()) return out.Bool(*truth);
  if (const auto number = value.AsInt()) return out.Int(*number);
  out.Text(value.text());
}

/// `depth`: 0 is the object itself, 1 its metadata.
void WriteMapping(harden::JsonOut& out, const Value& value, const Writing& how, int depth) {
  std::vector<std::pair<std::string, Value>> members;
  for (const Value::Pair& pair : value.Pairs()) members.emplace_back(pair.key.text(), pair.value);
  if (how.canonical) std::ranges::sort(members, {}, [](const auto& one) { return one.first; });
  out.OpenObject();
  for (const auto& [key, member] : members) {
    const bool own = depth == 1 && IsServersOwn(key);
    const bool replaced = depth == 0 && how.member.value && key == how.member.key;
    if (own || replaced || (how.canonical && IsEmpty(member))) continue;
    out.Key(key);
    if (depth == 0 && key == "metadata" && member.is_mapping()) {
      WriteMapping(out, member, how, 1);
    } else {
      Write(out, member, {.canonical = how.canonical});
    }
  }
  if (depth == 0 && how.member.value) {
    out.Key(how.member.key);
    Write(out, how.member.value, {});
  }
  if (depth == 1 && !how.identity.uid.empty()) out.Field("uid", how.identity.uid);
  if (depth == 1 && !how.identity.version.empty())
    out.Field("resourceVersion", how.identity.version);
  out.CloseObject();
}

void Write(harden::JsonOut& out, const Value& value, const Writing& how) {
  if (value.is_mapping()) return WriteMapping(out, value, how, 2);
  if (!value.is_sequence()) return WriteScalar(out, value);
  out.OpenArray();
  for (const Value& item : value.Items()) Write(out, item, {.canonical = how.canonical});
  out.CloseArray();
}

Result<yaml::Stream> ReadObject(const std::string& text) {
  auto stream = yaml::Parse("object", text);
  if (stream && !stream->root()["metadata"].is_mapping())
    return Fail(ErrorCode::kMalformed, "read the API server's answer", "", "it is no object");
  return stream;
}

Result<std::string> Rewritten(const std::string& text, const Writing& how) {
  auto stream = ReadObject(text);
  if (!stream) return std::unexpected(stream.error());
  harden::JsonOut out;
  WriteMapping(out, stream->root(), how, 0);
  return out.Take();
}

}  // namespace

Result<std::string> SameText(const std::string& json) {
  if (json.empty()) return std::string();
  return Rewritten(json, {.canonical = true});
}

Result<Identity> IdentityOf(const std::string& json) {
  auto stream = ReadObject(json);
  if (!stream) return std::unexpected(stream.error());
  const Value metadata = stream->root()["metadata"];
  return Identity{metadata["uid"].text(), metadata["resourceVersion"].text()};
}

Result<std::string> ObjectText(const std::string& text, const Identity& identity,
                               const Member& member) {
  return Rewritten(text, {.identity = identity, .member = member});
}

std::string ObjectPlanText(const ObjectPlan& plan) {
  harden::JsonOut out;
  out.OpenObject();
  out.Field("schemaVersion", "1.0");
  out.Field("kind", "seawall-object-plan");
  out.Field("server", plan.server);
  out.Field("cluster", plan.cluster);
  out.Field("kubeconfig", plan.kubeconfig);
  out.Field("context", plan.context);
  out.Key("changes").OpenArray();
  for (const ObjectChange& change : plan.changes) {
    out.OpenObject();
    out.Field("path", change.path);
    out.Field("name", change.name);
    out.Field("before", change.before);
    out.Field("after", change.after);
    out.CloseObject();
  }
  out.CloseArray();
  out.Key("questions").OpenArray();
  for (const AccessQuestion& question : plan.questions) {
    out.OpenObject();
    out.Field("change", uint64_t{question.change});
    out.Field("spec", question.spec);
    out.Field("text", question.text);
    out.Field("used", question.used);
    out.CloseObject();
  }
  out.CloseArray();
  out.Field("unproven", plan.unproven);
  out.CloseObject();
  return out.Take();
}

Result<ObjectPlan> ReadObjectPlan(const std::string& name, const std::string& text) {
  const auto broken = [&](const char* why) {
    return Fail(ErrorCode::kMalformed, "read the journal's plan", name, why);
  };
  // As many questions as are ever asked.
  auto stream = yaml::Parse(name, text, {.bytes = 256u << 20, .nodes = 2'000'000});
  if (!stream) return std::unexpected(stream.error());
  const Value root = stream->root();
  if (root["kind"].text() != "seawall-object-plan") return broken("it is no plan of objects");
  if (!root["schemaVersion"].text().starts_with("1."))
    return Fail(ErrorCode::kUnsupported, "read the journal's plan", name,
                "it was written by a seawall of another version", "use that seawall");
  ObjectPlan plan;
  plan.server = root["server"].text();
  plan.cluster = root["cluster"].text();
  plan.kubeconfig = root["kubeconfig"].text();
  plan.context = root["context"].text();
  for (const Value& item : root["changes"].Items()) {
    plan.changes.push_back(
        {item["path"].text(), item["name"].text(), item["before"].text(), item["after"].text()});
    const ObjectChange& change = plan.changes.back();
    if (!change.path.starts_with('/') || (change.before.empty() && change.after.empty()))
      return broken("a change is none");
  }
  for (const Value& item : root["questions"].Items()) {
    AccessQuestion question{static_cast<size_t>(item["change"].AsInt().value_or(-1)),
                            item["spec"].text(), item["text"].text(),
                            item["used"].AsBool().value_or(false)};
    if (question.change >= plan.changes.size()) return broken("a question is of no change");
    plan.questions.push_back(std::move(question));
  }
  for (const Value& item : root["unproven"].Items()) plan.unproven.push_back(item.text());
  return plan;
}

}  // namespace seawall::live
