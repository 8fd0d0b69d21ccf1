// `seawall rbac what-can`: everything that a subject is allowed, as a matrix.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/app.h"
#include "app/rbac_inputs.h"
#include "app/rbac_text.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/identity.h"
#include "rbac/rights.h"
#include "rbac/unread.h"

namespace seawall::app {
namespace {

constexpr std::array<const char*, 8> kVerbs = {"get",    "list",  "watch",  "create",
                                               "update", "patch", "delete", "deletecollection"};
/// As they stand over the columns.
constexpr std::array<const char*, 8> kHeads = {"get",    "list",  "watch",  "create",
                                               "update", "patch", "delete", "delcoll"};
constexpr size_t kWidest = 60;

/// Of whom it is asked. A group is asked about by itself.
struct Whom {
  std::string user;
  std::vector<std::string> groups;
};

Result<Whom> ReadSubject(const Arguments& arguments) {
  const std::string& word = arguments.positional[0];
  const size_t colon = word.find(':');
  const std::string kind = colon == std::string::npos ? "" : Lower(word.substr(0, colon));
  std::string name = word.substr(colon == std::string::npos ? 0 : colon + 1);
  const auto groups = arguments.All("as-group");
  if (kind == "group") {
    Whom whom{"", arguments.All("as-group")};
    whom.groups.insert(whom.groups.begin(), name);
    return whom;
  }
  if (kind == "serviceaccount" || kind == "sa") {
    const size_t cut = name.find_first_of("/:");
    if (cut == std::string::npos || cut == 0 || cut + 1 == name.size()) {
      return Fail(ErrorCode::kUsage, "read SUBJECT", "",
                  fmt::format("{} names no service account", Printable(word)),
                  "as in sa:NAMESPACE/NAME");
    }
    name = fmt::format("system:serviceaccount:{}:{}", name.substr(0, cut), name.substr(cut + 1));
  } else if (kind != "user") {
    name = word;
  }
  return Whom{name, rbac::ImpersonatedGroups(name, groups)};
}

std::string ResourceName(const rbac::Policy& policy, const rbac::RightsRow& row) {
  const std::string_view group = policy.Text(row.group);
  std::string text(policy.Text(row.resource));
  if (text.empty()) text = "\"\"";
  if (!group.empty()) text += fmt::format(".{}", group);
  return Printable(text);
}

std::string NamesText(const rbac::Policy& policy, const std::vector<rbac::NameId>& names) {
  std::vector<std::string> words;
  for (const rbac::NameId name : names) {
    if (words.size() == 4) {
      words.push_back(fmt::format("and {} more", names.size() - 4));
      break;
    }
    words.push_back(name == rbac::Names::kEmpty ? "\"\"" : PrintableShort(policy.Text(name), 40));
  }
  return Join(words, " ");
}

std::string RowLine(const rbac::Policy& policy, const rbac::RightsRow& row, size_t width) {
  const bool all = row.verbs.size() == 1 && row.verbs[0] == rbac::Names::kAll;
  std::string text = fmt::format("  {:<{}} ", ResourceName(policy, row), width);
  for (size_t i = 0; i < kVerbs.size(); ++i) {
    const bool has = all || std::ranges::any_of(row.verbs, [&](rbac::NameId verb) {
                       return policy.Text(verb) == kVerbs[i];
                     });
    text += fmt::format(" {:^{}}", has ? "x" : ".", std::string_view(kHeads[i]).size());
  }
  std::vector<std::string> others;
  for (const rbac::NameId verb : row.verbs) {
    if (std::ranges::find(kVerbs, policy.Text(verb)) == kVerbs.end())
      others.push_back(PrintableShort(policy.Text(verb), 40));
  }
  if (!others.empty()) text += " " + Join(others, " ");
  if (!row.names.empty()) text += fmt::format("  named {}", NamesText(policy, row.names));
  return std::string(TrimRight(text)) + "\n";
}

std::string HeadLine(size_t width) {
  std::string text = fmt::format("  {:<{}} ", "", width);
  for (const char* head : kHeads) text += fmt::format(" {}", head);
  return text + " others\n";
}

std::string PlaceText(const rbac::Policy& policy, const rbac::PlaceRights& place, bool why) {
  std::string text = place.cluster
                         ? "everywhere\n"
                         : fmt::format("namespace {}\n", Printable(policy.Text(place.space)));
  if (why) {
    for (const rbac::Grant& grant : place.grants) {
      text += fmt::format("  by {}{}\n", BindingText(policy, grant),
                          grant.role ? "" : ", which is not there");
    }
  }
  size_t width = 8;
  for (const rbac::RightsRow& row : place.rows)
    width = std::max(width, CountCharacters(ResourceName(policy, row)));
  width = std::min(width, kWidest);
  if (!place.rows.empty()) text += HeadLine(width);
  for (const rbac::RightsRow& row : place.rows) text += RowLine(policy, row, width);
  for (const rbac::UrlRow& row : place.urls) {
    std::vector<std::string> verbs;
    for (const rbac::NameId verb : row.verbs) verbs.push_back(Printable(policy.Text(verb)));
    text += fmt::format("  URL {}: {}\n", Printable(policy.Text(row.url)), Join(verbs, " "));
  }
  if (place.rows.empty() && place.urls.empty()) text += "  nothing\n";
  return text;
}

void TextList(report::JsonWriter& out, const char* key, const rbac::Policy& policy,
              const std::vector<rbac::NameId>& names) {
  out.Key(key);
  out.StartArray();
  for (const rbac::NameId name : names) report::Text(out, policy.Text(name));
  out.EndArray();
}

void PlaceJson(report::JsonWriter& out, const rbac::Policy& policy,
               const rbac::PlaceRights& place) {
  out.StartObject();
  report::Field(out, "everywhere", place.cluster);
  report::Field(out, "namespace", policy.Text(place.space));
  out.Key("resources");
  out.StartArray();
  for (const rbac::RightsRow& row : place.rows) {
    out.StartObject();
    report::Field(out, "apiGroup", policy.Text(row.group));
    report::Field(out, "resource", policy.Text(row.resource));
    TextList(out, "names", policy, row.names);
    TextList(out, "verbs", policy, row.verbs);
    out.EndObject();
  }
  out.EndArray();
  out.Key("urls");
  out.StartArray();
  for (const rbac::UrlRow& row : place.urls) {
    out.StartObject();
    report::Field(out, "url", policy.Text(row.url));
    TextList(out, "verbs", policy, row.verbs);
    out.EndObject();
  }
  out.EndArray();
  out.Key("bindings");
  out.StartArray();
  for (const rbac::Grant& grant : place.grants) {
    out.StartObject();
    out.Key("subject");
    SubjectJson(out, policy, *grant.binding, *grant.subject);
    out.Key("binding");
    BindingJson(out, policy, *grant.binding);
    out.Key("role");
    if (grant.role) {
      RoleJson(out, policy, *grant.role);
    } else {
      out.Null();
    }
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

std::string AsJson(const rbac::Policy& policy, const Whom& whom, bool masters,
                   const std::vector<rbac::PlaceRights>& places,
                   const std::vector<std::string>& open) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "user", whom.user);
  out.Key("groups");
  out.StartArray();
  for (const std::string& group : whom.groups) report::Text(out, group);
  out.EndArray();
  report::Field(out, "everything", masters);
  out.Key("places");
  out.StartArray();
  for (const rbac::PlaceRights& place : places) PlaceJson(out, policy, place);
  out.EndArray();
  UnknownJson(out, open);
  out.EndObject();
  return json.Take() + "\n";
}

std::string AsText(const rbac::Policy& policy, const Whom& whom, bool masters,
                   const std::vector<rbac::PlaceRights>& places,
                   const std::vector<std::string>& open, bool why) {
  std::string text = whom.user.empty()
                         ? fmt::format("Group {}\n", Printable(Join(whom.groups, ", ")))
                         : fmt::format("User {}, of {}\n", Printable(whom.user),
                                       Printable(Join(whom.groups, ", ")));
  if (masters) text += "system:masters are allowed everything, whatever the policy says\n";
  if (places.empty()) text += "no binding gives anything\n";
  for (const rbac::PlaceRights& place : places) text += "\n" + PlaceText(policy, place, why);
  return text + UnknownText(open);
}

}  // namespace

Result<int> RunWhatCan(const Arguments& arguments) {
  auto whom = ReadSubject(arguments);
  if (!whom) return std::unexpected(whom.error());
  auto loaded = LoadPolicy(arguments, {.wanted = {.space = arguments.Get("namespace")}});
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const std::vector<std::string_view> groups(whom->groups.begin(), whom->groups.end());
  auto places =
      rbac::RightsOf(*(*loaded)->evaluator, whom->user, groups, arguments.Get("namespace"));
  if (!places) return std::unexpected(places.error());
  const bool masters = std::ranges::find(groups, "system:masters") != groups.end();
  const std::vector<std::string> open =
      masters ? std::vector<std::string>()
              : rbac::LeftOpen(*(*loaded)->evaluator, rbac::Reach::kNamespaces);
  auto ok = WriteOut(arguments.Get("output", "text") == "json"
                         ? AsJson(policy, *whom, masters, *places, open)
                         : AsText(policy, *whom, masters, *places, open, arguments.Has("why")));
  if (!ok) return std::unexpected(ok.error());
  return open.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
