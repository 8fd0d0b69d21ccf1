#include "review/recorded.h"

#include <fmt/format.h>

#include <algorithm>

#include "yaml/document.h"

namespace seawall::review {
namespace {

using cluster::kinds::AuditPolicy;
using cluster::kinds::AuditResources;
using cluster::kinds::AuditRule;
using cluster::kinds::PlacedStrings;

/// How much of the requests a rule speaks of.
enum class Part : uint8_t { kNone, kSome, kAll };

Part Least(Part a, Part b) { return std::min(a, b); }
Part Most(Part a, Part b) { return std::max(a, b); }

bool Has(const PlacedStrings& list, std::string_view text) {
  return std::ranges::any_of(list, [&](const auto& item) { return item.value == text; });
}

bool IsOwn(std::string_view user) {
  return user.starts_with("system:") && !user.starts_with("system:serviceaccount:");
}

Part UserPart(const AuditRule& rule, const Requester& who) {
  if (rule.users.empty()) return Part::kAll;
  if (!who.group) return Has(rule.users, who.name) ? Part::kAll : Part::kNone;
  if (who.name.starts_with("system:")) return Part::kSome;
  // The cluster's own users are in no group of people's.
  return std::ranges::all_of(rule.users, [](const auto& user) { return IsOwn(*user); })
             ? Part::kNone
             : Part::kSome;
}

bool IsAccount(std::string_view user) { return user.starts_with("system:serviceaccount:"); }

/// Whether somebody can be in a group that it was not seen in.
bool CanBeIn(const Requester& who, std::string_view group) {
  if (!who.group && who.seen) return false;
  if (group == "system:nodes" || group == "system:unauthenticated") return false;
  if (group.starts_with("system:serviceaccounts")) return who.group;
  return true;
}

Part GroupPart(const AuditRule& rule, const Requester& who) {
  if (rule.user_groups.empty()) return Part::kAll;
  Part part = Part::kNone;
  for (const auto& item : rule.user_groups) {
    const std::string& group = *item;
    if (group == "system:authenticated" || (who.group && group == who.name)) return Part::kAll;
    if (!who.group && IsAccount(who.name)) {
      const std::string_view rest = std::string_view(who.name).substr(22);
      const std::string own =
          "system:serviceaccounts:" + std::string(rest.substr(0, rest.find(':')));
      if (group == "system:serviceaccounts" || group == own) return Part::kAll;
      continue;  // an account is in no other
    }
    if (who.groups.contains(group) || CanBeIn(who, group)) part = Part::kSome;
  }
  return part;
}

Part VerbPart(const AuditRule& rule, std::string_view verb) {
  if (rule.verbs.empty()) return Part::kAll;
  if (verb == "*") return Part::kSome;
  return Has(rule.verbs, verb) ? Part::kAll : Part::kNone;
}

Part SpacePart(const AuditRule& rule, const Requests& what) {
  if (rule.namespaces.empty()) return Part::kAll;
  if (what.everywhere) return Part::kSome;
  return Has(rule.namespaces, what.space) ? Part::kAll : Part::kNone;
}

/// One entry of a rule's list against a resource of RBAC: "*", "pods", "pods/log", "*/scale".
Part ResourcePart(std::string_view written, std::string_view resource) {
  if (written == "*" || written == resource) return Part::kAll;
  if (resource == "*") return Part::kSome;
  const size_t slash = resource.find('/');
  const std::string_view base = resource.substr(0, slash);
  const std::string_view sub =
      slash == std::string_view::npos ? std::string_view() : resource.substr(slash + 1);
  if (written.ends_with("/*")) {
    const std::string_view of = written.substr(0, written.size() - 2);
    if (base == "*") return Part::kSome;
    return of == base ? Part::kAll : Part::kNone;
  }
  if (written.starts_with("*/")) return written.substr(2) == sub ? Part::kAll : Part::kNone;
  if (base == "*") return written.ends_with("/" + std::string(sub)) ? Part::kSome : Part::kNone;
  return Part::kNone;
}

Part EntryPart(const AuditResources& entry, const Requests& what) {
  Part part = *entry.group == "*" || *entry.group == what.group ? Part::kAll
              : what.group == "*"                               ? Part::kSome
                                                                : Part::kNone;
  if (!entry.resources.empty()) {
    Part named = Part::kNone;
    for (const auto& resource : entry.resources)
      named = Most(named, ResourcePart(*resource, what.resource));
    part = Least(part, named);
  }
  if (entry.names.empty()) return part;
  if (what.name.empty()) return Least(part, Part::kSome);
  return Has(entry.names, what.name) ? part : Part::kNone;
}

/// A pattern of a policy against a URL of RBAC; both may end in '*'.
Part UrlPart(std::string_view pattern, std::string_view url) {
  const bool open = pattern.ends_with('*');
  if (open) pattern.remove_suffix(1);
  const bool wide = url.ends_with('*');
  while (url.ends_with('*')) url.remove_suffix(1);
  if (open && url.starts_with(pattern)) return Part::kAll;
  if (!open && !wide) return url == pattern ? Part::kAll : Part::kNone;
  return wide && pattern.starts_with(url) ? Part::kSome : Part::kNone;
}

Part WhatPart(const AuditRule& rule, const Requests& what) {
  if (what.is_url) {
    if (!rule.resources.empty() || !rule.namespaces.empty()) return Part::kNone;
    if (rule.non_resource_urls.empty()) return Part::kAll;
    Part part = Part::kNone;
    for (const auto& pattern : rule.non_resource_urls)
      part = Most(part, UrlPart(*pattern, what.url));
    return part;
  }
  if (!rule.non_resource_urls.empty()) return Part::kNone;
  const Part space = SpacePart(rule, what);
  if (rule.resources.empty()) return space;
  Part part = Part::kNone;
  for (const AuditResources& entry : rule.resources) part = Most(part, EntryPart(entry, what));
  return Least(space, part);
}

/// Whether what the rule speaks of is written when it is answered.
bool Writes(const AuditPolicy& policy, const AuditRule& rule, std::string_view verb) {
  if (cluster::kinds::AuditLevel(*rule.level) <= 0) return false;
  const auto omitted = [&](std::string_view stage) {
    return Has(policy.omit_stages, stage) || Has(rule.omit_stages, stage);
  };
  return !omitted("ResponseComplete") || (verb == "watch" && !omitted("ResponseStarted"));
}

}  // namespace

Result<void> Recorder::Add(const std::string& file, std::string bytes) {
  auto stream = yaml::Parse(file, std::move(bytes));
  if (!stream) return std::unexpected(stream.error());
  auto view = cluster::kinds::ReadAuditPolicy(*stream);
  if (!view) return std::unexpected(view.error());
  policies_.push_back({file, std::move(*view)});
  return {};
}

bool Recorder::LeavesOut(const Requester& who) const {
  return std::ranges::any_of(policies_, [&](const Policy& policy) {
    return std::ranges::any_of(policy.view.rules, [&](const AuditRule& rule) {
      return !(rule.users.empty() && rule.user_groups.empty()) &&
             !Writes(policy.view, rule, "get") &&
             Least(UserPart(rule, who), GroupPart(rule, who)) != Part::kNone;
    });
  });
}

std::optional<std::string> Recorder::WhyNot(const Requester& who, const Requests& what) const {
  for (const Policy& policy : policies_) {
    bool all = false;
    for (const AuditRule& rule : policy.view.rules) {
      const Part part = Least(Least(UserPart(rule, who), GroupPart(rule, who)),
                              Least(VerbPart(rule, what.verb), WhatPart(rule, what)));
      if (part == Part::kNone) continue;
      if (!Writes(policy.view, rule, what.verb)) {
        return fmt::format("{}:{} does not record {}", policy.file, rule.place.line,
                           part == Part::kAll ? "it" : "all of it");
      }
      all = part == Part::kAll;
      if (all) break;
    }
    if (!all) return fmt::format("no rule of {} records all of it", policy.file);
  }
  return std::nullopt;
}

namespace {

/// Resources that nobody requests: signers of certificates, parts of a claim's status.
bool IsAskedOnly(const Requests& what) {
  return (what.group == "certificates.k8s.io" && what.resource == "signers") ||
         (what.group == "resource.k8s.io" &&
          (what.resource == "resourceclaims/binding" || what.resource == "resourceclaims/driver"));
}

constexpr std::string_view kImpersonateOn = "impersonate-on:";
bool IsImpersonation(std::string_view verb) {
  return verb == "impersonate" || verb.starts_with("impersonate:") ||
         verb.starts_with(kImpersonateOn);
}

bool IsSomebody(const Requests& what) {
  const bool own = what.group.empty() || what.group == "authentication.k8s.io";
  return own && (what.resource == "users" || what.resource == "groups" || what.resource == "uids" ||
                 what.resource == "serviceaccounts" || what.resource.starts_with("userextras"));
}

}  // namespace

std::vector<Requests> ShownBy(const Requests& what) {
  if (what.verb.starts_with(kImpersonateOn)) {
    Requests request = what;
    request.verb.remove_prefix(what.verb.rfind(':') + 1);
    return {request};
  }
  const bool all = what.verb == "*" && !what.is_url && IsSomebody(what);
  if (!all && !IsImpersonation(what.verb)) return {what};
  Requests resources{
      .verb = "*", .group = "*", .resource = "*", .url = {}, .name = {}, .space = {}};
  resources.everywhere = true;
  Requests urls{.verb = "*", .group = {}, .resource = {}, .url = "*", .name = {}, .space = {}};
  urls.is_url = true;
  return {resources, urls};
}

std::optional<std::string> AskedElsewhere(const Requests& what) {
  if (IsImpersonation(what.verb)) return std::nullopt;  // events have it
  if (what.is_url) {
    constexpr std::string_view kServed[] = {"/metrics", "/healthz", "/livez", "/readyz", "/configz",
                                            "/debug/",  "/statusz", "/flagz", "/logs"};
    if (what.verb != "get" && what.verb != "*") return std::nullopt;
    const bool wide = what.url.ends_with('*');
    const std::string_view url = what.url.substr(0, what.url.find('*'));
    for (const std::string_view served : kServed) {
      if (url.starts_with(served) || (wide && served.starts_with(url)))
        return "other components serve such URLs and ask by themselves who may";
    }
    return std::nullopt;
  }
  // No request has another verb: whoever asks about one does so for a reason of his own.
  constexpr std::string_view kMade[] = {"*",      "get",   "list",   "watch",           "create",
                                        "update", "patch", "delete", "deletecollection"};
  if (std::ranges::find(kMade, what.verb) == std::end(kMade) || IsAskedOnly(what))
    return "it is asked about while another request is decided, and in no log";
  if (what.group.empty() && what.resource.starts_with("nodes/") && what.resource != "nodes/status")
    return "kubelets ask about it, whose requests this log does not have";
  if (what.resource.ends_with("/finalizers"))
    return "an admission plugin asks about it while another request is decided";
  return std::nullopt;
}

}  // namespace seawall::review
