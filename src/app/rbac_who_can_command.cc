// `seawall rbac who-can`: every subject that is allowed something.
#include <fmt/format.h>

#include <algorithm>

#include "app/app.h"
#include "app/rbac_inputs.h"
#include "app/rbac_text.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/reverse_index.h"
#include "rbac/unread.h"
#include "rbac/why_not.h"

namespace seawall::app {
namespace {

constexpr const char* kMasters = "and Group system:masters, about whom no authorizer is asked\n";

struct Held {
  rbac::Grant grant;
  bool named = false;
};

/// By subject, those that are allowed it for any name first.
std::vector<Held> Find(const rbac::Policy& policy, const rbac::ReverseIndex& index,
                       const Request& request, bool any_space) {
  std::vector<Held> found;
  index.WhoCan(request.attributes(), any_space,
               [&](const rbac::Grant& grant, bool named) { found.push_back({grant, named}); });
  const auto key = [&](const Held& held) {
    const rbac::Subject& s = *held.grant.subject;
    return std::tuple(policy.Text(s.kind_name), policy.Text(SpaceOfSubject(*held.grant.binding, s)),
                      policy.Text(s.name));
  };
  std::ranges::stable_sort(found, [&](const Held& a, const Held& b) {
    return a.named != b.named ? b.named : key(a) < key(b);
  });
  // A binding may name somebody twice.
  const auto again = std::ranges::unique(found, [&](const Held& a, const Held& b) {
    return a.grant.binding == b.grant.binding && a.grant.rule == b.grant.rule && key(a) == key(b);
  });
  found.erase(again.begin(), again.end());
  return found;
}

std::string What(const Request& request) {
  if (!request.path.empty()) return request.path;
  std::string text = request.resource.resource;
  if (!request.resource.group.empty()) text += "." + request.resource.group;
  if (!request.subresource.empty()) text += "/" + request.subresource;
  if (!request.resource.name.empty()) text += " " + request.resource.name;
  return text;
}

std::string Where(const Request& request, bool any_space) {
  if (!request.path.empty()) return "";
  return any_space               ? ", in the whole cluster or some namespace"
         : request.space.empty() ? ", in the whole cluster"
                                 : fmt::format(", in namespace {}", request.space);
}

std::string Names(const rbac::Policy& policy, const rbac::Rule& rule) {
  std::vector<std::string> names;
  for (const rbac::NameId name : policy.ResourceNames(rule))
    names.push_back(PrintableShort(policy.Text(name), 60));
  if (names.size() > 5) {
    const size_t more = names.size() - 5;
    names.resize(5);
    names.push_back(fmt::format("and {} more", more));
  }
  return Join(names, " ");
}

std::string RowText(const rbac::Policy& policy, const Held& held, size_t width, bool why) {
  const rbac::Binding& binding = *held.grant.binding;
  const std::string space(policy.Text(binding.space));
  std::string text = fmt::format(
      "  {:<{}}  {:<10}  {} {}{}{} of {} {} ({})\n",
      SubjectText(policy, binding, *held.grant.subject), width,
      binding.cluster ? "everywhere" : Printable(space),
      binding.cluster ? "ClusterRoleBinding" : "RoleBinding", Printable(space),
      space.empty() ? "" : "/", Printable(policy.Text(binding.name)),
      held.grant.role->cluster ? "ClusterRole" : "Role",
      Printable(policy.Text(held.grant.role->name)), Printable(policy.Where(binding.spot)));
  if (held.named) text += fmt::format("    named {}\n", Names(policy, *held.grant.rule));
  if (why) text += fmt::format("    {}\n", RuleLine(policy, held.grant));
  return text;
}

std::string AsText(const rbac::Policy& policy, const Request& request,
                   const std::vector<Held>& found, const std::vector<std::string>& open,
                   bool any_space, bool why) {
  std::string text = Printable(
      fmt::format("who can {} {}{}:", request.verb, What(request), Where(request, any_space)));
  text += "\n";
  size_t width = 7;
  for (const Held& held : found) {
    width = std::max(
        width, CountCharacters(SubjectText(policy, *held.grant.binding, *held.grant.subject)));
  }
  width = std::min<size_t>(width, 60);
  if (found.empty() || found.front().named)
    text += open.empty() ? "  nobody\n" : "  nobody that is known\n";
  bool named = false;
  for (const Held& held : found) {
    if (held.named && !named) text += "and of what is named only:\n";
    named = held.named;
    text += RowText(policy, held, width, why);
  }
  return text + kMasters + UnknownText(open);
}

void HeldJson(report::JsonWriter& out, const rbac::Policy& policy, const Held& held) {
  out.StartObject();
  out.Key("subject");
  SubjectJson(out, policy, *held.grant.binding, *held.grant.subject);
  out.Key("names");
  out.StartArray();
  if (held.named) {
    for (const rbac::NameId name : policy.ResourceNames(*held.grant.rule))
      report::Text(out, policy.Text(name));
  }
  out.EndArray();
  out.Key("grant");
  GrantJson(out, policy, held.grant);
  out.EndObject();
}

std::string AsJson(const rbac::Policy& policy, const Request& request,
                   const std::vector<Held>& found, const std::vector<std::string>& open,
                   bool any_space) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "verb", request.verb);
  report::Field(out, "apiGroup", request.resource.group);
  report::Field(out, "resource", request.resource.resource);
  report::Field(out, "subresource", request.subresource);
  report::Field(out, "name", request.resource.name);
  report::Field(out, "url", request.path);
  report::Field(out, "namespace", request.space);
  report::Field(out, "allNamespaces", any_space);
  for (const bool named : {false, true}) {
    out.Key(named ? "named" : "allowed");
    out.StartArray();
    for (const Held& held : found) {
      if (held.named == named) HeldJson(out, policy, held);
    }
    out.EndArray();
  }
  UnknownJson(out, open);
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace

Result<int> RunWhoCan(const Arguments& arguments) {
  auto request = ReadRequest(arguments);
  if (!request) return std::unexpected(request.error());
  const bool any_space = arguments.Has("all-namespaces");
  const bool spaces = any_space || !request->space.empty();
  auto loaded = LoadPolicy(arguments, {.wanted = {.namespaces = spaces, .space = request->space}});
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const rbac::ReverseIndex index(*(*loaded)->evaluator);
  const std::vector<Held> found = Find(policy, index, *request, any_space);
  const std::vector<std::string> open = rbac::LeftOpen(
      *(*loaded)->evaluator, spaces ? rbac::Reach::kNamespaces : rbac::Reach::kCluster);
  auto ok = WriteOut(arguments.Get("output", "text") == "json"
                         ? AsJson(policy, *request, found, open, any_space)
                         : AsText(policy, *request, found, open, any_space, arguments.Has("why")));
  if (!ok) return std::unexpected(ok.error());
  return open.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
