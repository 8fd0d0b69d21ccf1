// Learner, where an event becomes rights: those of its request, and those of whoever made it in
// somebody else's stead.
#include <fmt/format.h>

#include "auditlog/learner.h"

namespace seawall::auditlog {
namespace {

using rbac::Names;

constexpr std::string_view kAccount = "system:serviceaccount:";
constexpr std::string_view kNode = "system:node:";
constexpr std::string_view kMode = "impersonate:";

/// What system:discovery gives everybody who logs in. Health is not among it.
bool IsDiscovery(std::string_view path) {
  for (const std::string_view exact : {"/api", "/apis", "/openapi", "/version", "/version/"}) {
    if (path == exact) return true;
  }
  return path.starts_with("/api/") || path.starts_with("/apis/") || path.starts_with("/openapi/");
}

/// Questions about oneself, which system:basic-user gives everybody.
bool IsAboutOneself(const Event& event) {
  return event.verb == "create" &&
         (event.resource == "selfsubjectaccessreviews" ||
          event.resource == "selfsubjectrulesreviews" || event.resource == "selfsubjectreviews");
}

bool IsAddedGroup(std::string_view group, bool account) {
  return group == "system:authenticated" || group == "system:unauthenticated" ||
         (account &&
          (group == "system:serviceaccounts" || group.starts_with("system:serviceaccounts:")));
}

/// The name of what is created stands in the object, which authorization does not see.
bool IsUnnamed(const Event& event) {
  return (event.verb == "create" && event.subresource.empty()) || event.verb == "deletecollection";
}

/// exec and the like by WebSocket, which is a GET: API servers since 1.35 ask for create as well.
bool IsStream(const Event& event) {
  return event.verb == "get" && event.group.empty() && event.resource == "pods" &&
         event.code != 403 &&
         (event.subresource == "exec" || event.subresource == "attach" ||
          event.subresource == "portforward");
}

int HexDigit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

/// The path as authorization sees it: without a query, decoded.
void DecodePath(std::string_view uri, std::string& path) {
  uri = uri.substr(0, uri.find('?'));
  path.clear();
  for (size_t i = 0; i < uri.size(); ++i) {
    const int high = uri[i] == '%' && i + 2 < uri.size() ? HexDigit(uri[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(uri[i + 2]) : -1;
    if (low >= 0) {
      path += static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      path += uri[i];
    }
  }
}

}  // namespace

void Learner::TakeUrl(const Who& who, const Event& event, int64_t when) {
  DecodePath(event.uri, text_);
  if (event.verb == "get" && IsDiscovery(text_)) {
    ++counts.discovery;
    if (!filter_.review) return;
  }
  Count({.subject = who.id,
         .resource = names.Add(text_),
         .verb = names.Add(event.verb),
         .of_group = who.group,
         .url = true},
        when);
}

/// Of nobody and of no name.
Right Learner::RightOf(const Event& event) {
  Right right;
  right.verb = names.Add(event.verb);
  right.space = names.Add(event.space);
  right.group = names.Add(event.group);
  if (event.subresource.empty()) {
    right.resource = names.Add(event.resource);
  } else {
    text_.assign(event.resource).append("/").append(event.subresource);
    right.resource = names.Add(text_);
  }
  return right;
}

void Learner::TakeFor(const Who& who, const Event& event, int64_t when) {
  if (!event.has_object) return TakeUrl(who, event, when);
  if (IsAboutOneself(event)) {
    ++counts.discovery;
    if (!filter_.review) return;
  }
  Right right = RightOf(event);
  right.subject = who.id;
  right.of_group = who.group;
  right.name = IsUnnamed(event) ? Names::kEmpty : names.Add(event.name);
  Count(right, when);
  // A PUT or PATCH that made the object was allowed to create it.
  const bool made = event.code == 201 && (event.verb == "update" || event.verb == "patch");
  if (made || IsStream(event)) {
    right.verb = names.Add("create");
    Count(right, when);
  }
}

/// The request itself, of who made it in somebody's stead: "impersonate-on:MODE:VERB".
void Learner::TakeOn(const Who& who, const Event& event, int64_t when) {
  Right right = event.has_object ? RightOf(event) : Right{};
  if (!event.has_object) {
    DecodePath(event.uri, text_);
    right.resource = names.Add(text_);
    right.url = true;
  } else if (!IsUnnamed(event)) {
    right.name = names.Add(event.name);
  }
  right.subject = who.id;
  right.of_group = who.group;
  right.verb = names.Add(
      fmt::format("impersonate-on:{}:{}", event.constraint.substr(kMode.size()), event.verb));
  Count(right, when);
}

/// The right to be the user, each group, the uid and each extra that was asked for; groups that
/// come by themselves are no question. Where a mode constrains it, also TakeOn.
void Learner::TakeImpersonation(const Who& who, const Event& event, int64_t when) {
  const Event::Who& as = event.impersonated;
  const bool constrained = event.constraint.starts_with(kMode);
  const std::string_view mode =
      constrained ? event.constraint.substr(kMode.size()) : std::string_view();
  if (constrained) TakeOn(who, event, when);
  Right right;
  right.subject = who.id;
  right.of_group = who.group;
  right.verb = names.Add(constrained ? event.constraint : "impersonate");
  if (constrained) right.group = names.Add("authentication.k8s.io");
  const size_t colon =
      as.name.starts_with(kAccount) ? as.name.find(':', kAccount.size()) : std::string_view::npos;
  const bool account = colon != std::string_view::npos;
  if (account) {
    right.space = names.Add(as.name.substr(kAccount.size(), colon - kAccount.size()));
    right.resource = names.Add("serviceaccounts");
    right.name = names.Add(as.name.substr(colon + 1));
  } else if (mode.ends_with("-node") && as.name.starts_with(kNode)) {
    // Of the node that it runs on: authorization is asked about "*".
    right.resource = names.Add("nodes");
    right.name = names.Add(mode == "associated-node" ? "*" : as.name.substr(kNode.size()));
  } else {
    right.resource = names.Add("users");
    right.name = names.Add(as.name);
  }
  Count(right, when);
  // Of an account or a node nothing else can be asked for.
  if (constrained && mode != "user-info") return;
  right.space = Names::kEmpty;
  right.resource = names.Add("groups");
  for (const std::string_view group : as.groups) {
    if (IsAddedGroup(group, account)) continue;
    right.name = names.Add(group);
    Count(right, when);
  }
  right.group = names.Add("authentication.k8s.io");
  if (!as.uid.empty()) {
    right.resource = names.Add("uids");
    right.name = names.Add(as.uid);
    Count(right, when);
  }
  for (const auto& [key, value] : as.extras) {
    text_.assign("userextras/").append(key);
    right.resource = names.Add(text_);
    right.name = names.Add(value);
    Count(right, when);
  }
}

}  // namespace seawall::auditlog
