#include "review/learnt.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "auditlog/time.h"
#include "base/text.h"
#include "rbac/identity.h"

namespace seawall::review {
namespace {

using auditlog::Learner;
using auditlog::Right;
using auditlog::Use;

void Widen(Use& use, const Use& other) {
  use.count += other.count;
  if (other.first != 0 && (use.first == 0 || other.first < use.first)) use.first = other.first;
  use.last = std::max(use.last, other.last);
}

/// The names that one verb of one resource was used with.
struct Names {
  bool any = false;
  std::set<std::string> names;
  Use use;
};

/// (URL or not, group, resource, verb)
using What = std::tuple<bool, std::string, std::string, std::string>;
using Place = std::map<What, Names>;
using Places = std::map<std::string, Place>;   ///< by namespace; "": everywhere
using Subject = std::pair<bool, std::string>;  ///< group or not, name

/// Rights as text, which has an order that does not depend on how they came.
std::map<Subject, Places> Sorted(const Learner& learner) {
  std::map<Subject, Places> all;
  const auto text = [&](rbac::NameId id) { return std::string(learner.names.Text(id)); };
  for (const auto& [right, use] : learner.rights) {
    Place& place = all[{right.of_group, text(right.subject)}][text(right.space)];
    Names& names = place[{right.url, text(right.group), text(right.resource), text(right.verb)}];
    if (right.name == rbac::Names::kEmpty) {
      names.any = true;
    } else {
      names.names.insert(text(right.name));
    }
    Widen(names.use, use);
  }
  return all;
}

void Add(Names& to, const Names& from) {
  to.any = to.any || from.any;
  to.names.insert(from.names.begin(), from.names.end());
  Widen(to.use, from.use);
}

/// --namespaces: what is used in many is given everywhere.
void MergeSpaces(Places& places, uint64_t least) {
  std::map<What, uint64_t> seen;
  for (const auto& [space, place] : places) {
    if (space.empty()) continue;
    for (const auto& [what, names] : place) ++seen[what];
  }
  Place everywhere;
  for (auto& [space, place] : places) {
    if (space.empty()) continue;
    std::erase_if(place, [&](const auto& entry) {
      if (seen[entry.first] < least) return false;
      Add(everywhere[entry.first], entry.second);
      return true;
    });
  }
  for (const auto& [what, names] : everywhere) Add(places[""][what], names);
}

/// --verbs read.
void AddReads(Place& place) {
  Place more;
  for (const auto& [what, names] : place) {
    const auto& [url, group, resource, verb] = what;
    if (url || (verb != "get" && verb != "list" && verb != "watch")) continue;
    for (const char* other : {"get", "list", "watch"}) {
      if (other == verb) continue;
      Names& to = more[{url, group, resource, other}];
      to.any = to.any || names.any;
      to.names.insert(names.names.begin(), names.names.end());
    }
  }
  for (const auto& [what, names] : more) {
    Names& to = place[what];
    to.any = to.any || names.any;
    to.names.insert(names.names.begin(), names.names.end());
  }
}

std::string Evidence(const Use& use) {
  if (use.count == 0) return "not seen itself";
  return fmt::format("{} request{}, {} to {}", use.count, use.count == 1 ? "" : "s",
                     auditlog::TimeText(use.first), auditlog::TimeText(use.last));
}

/// One rule for what has the same names, and then for resources that have the same verbs.
std::vector<RuleSpec> RulesOf(const Place& place) {
  struct Verbs {
    std::set<std::string> verbs;
    Use use;
  };
  using NameList = std::vector<std::string>;
  std::map<std::tuple<bool, std::string, NameList, std::string>, Verbs> by_names;
  for (const auto& [what, names] : place) {
    const auto& [url, group, resource, verb] = what;
    NameList list;
    if (!names.any) list.assign(names.names.begin(), names.names.end());
    Verbs& verbs = by_names[{url, group, list, resource}];
    verbs.verbs.insert(verb);
    Widen(verbs.use, names.use);
  }
  struct Resources {
    std::vector<std::string> resources;
    Use use;
  };
  std::map<std::tuple<bool, std::string, NameList, std::set<std::string>>, Resources> rules;
  for (const auto& [key, verbs] : by_names) {
    const auto& [url, group, names, resource] = key;
    Resources& rule = rules[{url, group, names, verbs.verbs}];
    rule.resources.push_back(resource);
    Widen(rule.use, verbs.use);
  }
  std::vector<RuleSpec> all;
  for (const auto& [key, rule] : rules) {
    const auto& [url, group, names, verbs] = key;
    RuleSpec spec;
    spec.verbs.assign(verbs.begin(), verbs.end());
    if (url) {
      spec.urls = rule.resources;
    } else {
      spec.groups = {group};
      spec.resources = rule.resources;
      spec.names = names;
    }
    spec.comment = Evidence(rule.use);
    all.push_back(std::move(spec));
  }
  return all;
}

SubjectSpec SubjectOf(const Subject& subject) {
  constexpr std::string_view kAccount = "system:serviceaccount:";
  if (subject.first) return {"Group", subject.second, ""};
  if (subject.second.starts_with(kAccount)) {
    const std::string rest = subject.second.substr(kAccount.size());
    const size_t colon = rest.find(':');
    if (colon != std::string::npos && colon > 0)
      return {"ServiceAccount", rest.substr(colon + 1), rest.substr(0, colon)};
  }
  return {"User", subject.second, ""};
}

/// A name that a role may have: no slash, no percent sign.
std::string RoleName(const SubjectSpec& subject, std::set<std::string>& taken) {
  std::string name = "learnt-" + (subject.kind == "Group" ? std::string("group-") : "") +
                     (subject.space.empty() ? "" : subject.space + "-") + subject.name;
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == ':' || c == '_' || c == '@' || (c >= 'A' && c <= 'Z');
    if (!plain) c = '-';
  }
  const std::string base = name.substr(0, 200);
  name = base;
  for (int i = 2; !taken.insert(name).second; ++i) name = fmt::format("{}-{}", base, i);
  return name;
}

/// Takes out what `existing` allows the subject already.
uint64_t DropHeld(const rbac::Evaluator& existing, const Subject& subject, Places& places) {
  std::vector<std::string> groups;
  if (!subject.first) groups = rbac::ImpersonatedGroups(subject.second, {});
  if (subject.first) groups.push_back(subject.second);
  const std::vector<std::string_view> views(groups.begin(), groups.end());
  uint64_t dropped = 0;
  for (auto& [space, place] : places) {
    for (auto at = place.begin(); at != place.end();) {
      const auto& [url, group, resource, verb] = at->first;
      const size_t slash = url ? std::string::npos : resource.find('/');
      rbac::Attributes a{};
      if (!subject.first) a.user = subject.second;
      a.groups = views;
      a.verb = verb;
      a.resource_request = !url;
      a.space = space;
      a.group = group;
      a.resource = std::string_view(resource).substr(0, slash);
      a.subresource = slash == std::string::npos ? std::string_view()
                                                 : std::string_view(resource).substr(slash + 1);
      a.path = resource;
      const auto allowed = [&](std::string_view name) {
        a.name = name;
        return existing.Ask(a).allowed;
      };
      Names& names = at->second;
      dropped += std::erase_if(names.names, [&](const std::string& name) { return allowed(name); });
      if (names.any && allowed("")) {
        names.any = false;
        ++dropped;
      }
      at = names.any || !names.names.empty() ? std::next(at) : place.erase(at);
    }
  }
  return dropped;
}

}  // namespace

Learnt MakeGrants(const Learner& learner, const Generalise& generalise) {
  Learnt learnt;
  learnt.rights = learner.rights.size();
  std::set<std::string> taken;
  for (auto& [subject, places] : Sorted(learner)) {
    if (generalise.existing) learnt.held += DropHeld(*generalise.existing, subject, places);
    if (generalise.namespaces > 0) MergeSpaces(places, generalise.namespaces);
    const SubjectSpec who = SubjectOf(subject);
    const std::string name = RoleName(who, taken);
    for (auto& [space, place] : places) {
      if (generalise.read) AddReads(place);
      for (auto& [what, names] : place) {
        const bool many = generalise.names > 0 && names.names.size() >= generalise.names;
        if (many || names.names.size() > Learner::kMostNames) names.any = true;
      }
      if (place.empty()) continue;
      GrantSpec grant;
      grant.cluster = space.empty();
      grant.name = name;
      grant.space = space;
      grant.rules = RulesOf(place);
      grant.subjects = {who};
      learnt.grants.push_back(std::move(grant));
    }
  }
  return learnt;
}

}  // namespace seawall::review
