#include "live/objects.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/text.h"
#include "harden/json_out.h"

namespace seawall::live {
namespace {

using harden::Standing;

constexpr const char* kTrial = "seawall-trial-";
constexpr const char* kDryRun = "?dryRun=All";
/// The API server demands it of who makes a role smaller, too.
constexpr const char* kRights =
    "do it as somebody who may create, change and delete such objects, and who holds what they "
    "give or has the verbs escalate and bind";
constexpr int kTries = 4;
constexpr auto kPause = std::chrono::milliseconds(500);

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::unexpected<Error> Refused(const api::Response& answer, const char* attempt,
                               const ObjectChange& change) {
  if (answer.status == 409)
    return Fail(ErrorCode::kMalformed, attempt, change.name, "somebody else changed it meanwhile",
                "nothing of theirs was overwritten");
  Error error = api::ErrorOf(answer, attempt, change.name);
  std::ranges::replace(error.why, '\n', ' ');
  error.why = PrintableShort(error.why, 500);
  error.todo = answer.status == 403 ? kRights : "";
  return std::unexpected(std::move(error));
}

/// Of a name and what it gives, nothing else: it is made by nobody.
Result<std::string> TrialText(const ObjectChange& change) {
  auto stream = yaml::Parse("object", change.before);
  if (!stream) return std::unexpected(stream.error());
  const yaml::Value root = stream->root();
  const std::string& space = root["metadata"]["namespace"].text();
  auto metadata = yaml::Parse(
      "trial", fmt::format(R"({{"generateName":"{}"{}}})", kTrial,
                           space.empty() ? "" : fmt::format(R"(,"namespace":"{}")", space)));
  if (!metadata) return std::unexpected(metadata.error());
  return ObjectText(change.before, {}, {"metadata", metadata->root()});
}

/// GROUP and RESOURCE of "/apis/GROUP/VERSION/[namespaces/SPACE/]RESOURCE/NAME".
std::string DeleteSpec(const std::string& path, const std::string& before_or_after) {
  const auto parts = Split(path, '/');
  auto stream = yaml::Parse("object", before_or_after);
  harden::JsonOut out;
  out.OpenObject();
  out.Key("resourceAttributes").OpenObject();
  out.Field("verb", "delete");
  out.Field("group", parts[2]);
  out.Field("resource", parts[parts.size() - 2]);
  if (stream) {
    out.Field("name", stream->root()["metadata"]["name"].text());
    out.Field("namespace", stream->root()["metadata"]["namespace"].text());
  }
  out.CloseObject();
  out.CloseObject();
  return out.Take();
}

}  // namespace

Result<api::Response> Objects::Send(const char* method, const std::string& path, std::string body) {
  return client_.Send({.method = method,
                       .path = path,
                       .content_type = "application/json",
                       .body = std::move(body)});
}

Result<std::string> Objects::Now(const ObjectChange& change) {
  auto answer = client_.Get(change.path);
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == 404) return std::string();
  if (answer->status != 200) return Refused(*answer, "look at the object", change);
  return std::move(answer->body);
}

Result<Objects::Stand> Objects::StandOf(const ObjectChange& change) {
  auto now = Now(change);
  if (!now) return std::unexpected(now.error());
  auto is = SameText(*now);
  if (!is) return std::unexpected(is.error());
  auto before = SameText(change.before);
  if (!before) return std::unexpected(before.error());
  auto after = SameText(change.after);
  if (!after) return std::unexpected(after.error());
  Stand stand;
  if (*is == *before) stand.standing = Standing::kBefore;
  if (*is == *after) stand.standing = Standing::kAfter;
  stand.now = std::move(*now);
  return stand;
}

Result<std::string> Objects::Put(const ObjectChange& change, const std::string& now,
                                 const std::string& wanted, Dry dry) {
  const std::string question = dry == Dry::kYes ? kDryRun : "";
  Identity identity;
  if (!now.empty()) {
    auto is = IdentityOf(now);
    if (!is) return std::unexpected(is.error());
    identity = std::move(*is);
  }
  Result<api::Response> answer = api::Response{};
  if (wanted.empty()) {
    harden::JsonOut out;
    out.OpenObject();
    out.Field("apiVersion", "v1");
    out.Field("kind", "DeleteOptions");
    if (dry == Dry::kYes) out.Field("dryRun", std::vector<std::string>{"All"});
    out.Key("preconditions").OpenObject();
    out.Field("uid", identity.uid);
    out.Field("resourceVersion", identity.version);
    out.CloseObject();
    out.CloseObject();
    answer = Send("DELETE", change.path + question, out.Take());
  } else {
    auto body = ObjectText(wanted, identity);
    if (!body) return std::unexpected(body.error());
    answer = now.empty() ? Send("POST", FolderOf(change.path) + question, std::move(*body))
                         : Send("PUT", change.path + question, std::move(*body));
  }
  if (answer && answer->status / 100 == 2) return wanted.empty() ? "" : std::move(answer->body);
  // Of an answer that was lost on its way nothing is known but what is there now.
  if (dry == Dry::kNo && (!answer || answer->status >= 500)) {
    auto is = Now(change);
    const auto same = is ? SameText(*is) : is;
    const auto meant = SameText(wanted);
    if (same && meant && *same == *meant) return *is;
  }
  if (!answer) return std::unexpected(answer.error());
  return Refused(*answer, "change the object", change);
}

Result<void> Objects::TryToMakeAgain(const ObjectChange& change) {
  auto body = TrialText(change);
  if (!body) return std::unexpected(body.error());
  auto answer = Send("POST", FolderOf(change.path) + kDryRun, std::move(*body));
  if (!answer) return std::unexpected(answer.error());
  if (answer->status / 100 == 2) return {};
  return Refused(*answer, "prove that it could be taken back", change);
}

Result<bool> Objects::Review(const char* kind, const std::string& spec) {
  const std::string body = fmt::format(
      R"({{"apiVersion":"authorization.k8s.io/v1","kind":"{}","spec":{}}})", kind, spec);
  const std::string path = fmt::format("/apis/authorization.k8s.io/v1/{}s", Lower(kind));
  Error error;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    auto answer = Send("POST", path, body);
    if (!answer) {
      error = answer.error();
      continue;
    }
    if (answer->status / 100 == 2) {
      auto stream = yaml::Parse(kind, std::move(answer->body));
      const yaml::Value allowed = stream ? stream->root().Path("status.allowed") : yaml::Value();
      if (const auto is = allowed.AsBool()) return *is;
      return Fail(ErrorCode::kMalformed, "ask who may do what", client_.where(),
                  "the answer does not say whether it is allowed");
    }
    error = api::ErrorOf(*answer, "ask who may do what", client_.where());
    error.todo = fmt::format("allow these credentials to create {}s", Lower(kind));
    if (answer->status < 500 && answer->status != 429) break;
  }
  return std::unexpected(std::move(error));
}

Result<bool> Objects::MayWeDelete(const ObjectChange& change) {
  return Review("SelfSubjectAccessReview", DeleteSpec(change.path, change.after));
}

Result<bool> Objects::Ask(const AccessQuestion& question) {
  return Review("SubjectAccessReview", question.spec);
}

std::string Objects::Cluster() {
  auto object = client_.Object("/api/v1/namespaces/kube-system");
  return object ? object->root()["metadata"]["uid"].text() : "";
}

}  // namespace seawall::live
