// `seawall rbac diff`, `minimize` and `lint`: manifests compared, made smaller, looked through.
#include <fmt/format.h>

#include <cstdio>

#include "app/app.h"
#include "app/confine.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/manifests.h"
#include "report/json_writer.h"
#include "review/lint.h"
#include "review/minimize.h"
#include "review/policy_diff.h"
#include "review/policy_yaml.h"

namespace seawall::app {
namespace {

using review::RightChange;

std::string What(const RightChange& change) {
  std::string text = Join(change.verbs, " ");
  if (!change.url.empty()) return Printable(text + " " + change.url);
  text += " " + (change.resource.empty() ? std::string("\"\"") : change.resource);
  if (!change.group.empty()) text += "." + change.group;
  if (!change.names.empty()) {
    const size_t told = std::min<size_t>(change.names.size(), 5);
    text += " named";
    for (size_t i = 0; i < told; ++i) text += " " + change.names[i];
    if (told < change.names.size()) text += fmt::format(" and {} more", change.names.size() - told);
  }
  return Printable(text);
}

std::string Where(const RightChange& change) {
  return change.space.empty() ? "everywhere" : Printable("namespace " + change.space);
}

std::string Via(const RightChange& change) {
  return Printable(fmt::format("{} of {}, {}", change.binding, change.role, change.where));
}

std::string AsText(const review::PolicyDiff& diff) {
  std::string text;
  const auto tell = [&](const std::vector<RightChange>& changes, const char* sign) {
    for (const RightChange& change : changes) {
      text +=
          fmt::format("{} {}, {}: {}{}\n    {}\n", sign, Printable(change.subject), Where(change),
                      What(change), change.allowed ? " (allowed)" : "", Via(change));
    }
  };
  tell(diff.gained, "+");
  tell(diff.lost, "-");
  if (text.empty()) text = "nobody gains or loses a right\n";
  return text;
}

/// A cell of a table: what ends it is escaped.
std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : Printable(text)) {
    if (c == '|' || c == '<' || c == '`' || c == '*' || c == '_' || c == '[' || c == '\\')
      out += '\\';
    out += c;
  }
  return out;
}

std::string AsMarkdown(const review::PolicyDiff& diff) {
  std::string text = "## RBAC: who gains and loses what\n";
  const auto table = [&](const char* title, const std::vector<RightChange>& changes) {
    if (changes.empty()) return;
    text += fmt::format("\n### {} ({})\n\n| subject | where | right | by |\n|---|---|---|---|\n",
                        title, changes.size());
    for (const RightChange& change : changes) {
      text +=
          fmt::format("| {} | {} | {}{} | {} |\n", Cell(change.subject), Cell(Where(change)),
                      Cell(What(change)), change.allowed ? " (allowed)" : "", Cell(Via(change)));
    }
  };
  table("Gained", diff.gained);
  table("Lost", diff.lost);
  if (diff.gained.empty() && diff.lost.empty()) text += "\nNobody gains or loses a right.\n";
  return text;
}

void ChangesJson(report::JsonWriter& out, const char* key,
                 const std::vector<RightChange>& changes) {
  const auto list = [&](const char* name, const std::vector<std::string>& texts) {
    out.Key(name);
    out.StartArray();
    for (const std::string& text : texts) report::Text(out, text);
    out.EndArray();
  };
  out.Key(key);
  out.StartArray();
  for (const RightChange& change : changes) {
    out.StartObject();
    report::Field(out, "subject", change.subject);
    report::Field(out, "namespace", change.space);
    list("verbs", change.verbs);
    report::Field(out, "apiGroup", change.group);
    report::Field(out, "resource", change.resource);
    list("names", change.names);
    report::Field(out, "url", change.url);
    report::Field(out, "binding", change.binding);
    report::Field(out, "role", change.role);
    report::Field(out, "where", change.where);
    report::Field(out, "allowed", change.allowed);
    out.EndObject();
  }
  out.EndArray();
}

std::string AsJson(const review::PolicyDiff& diff, int status) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  ChangesJson(out, "gained", diff.gained);
  ChangesJson(out, "lost", diff.lost);
  report::Field(out, "exitStatus", static_cast<int64_t>(status));
  out.EndObject();
  return json.Take() + "\n";
}

}  // namespace

Result<int> RunRbacDiff(const Arguments& arguments) {
  if (auto ok = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody)); !ok)
    return std::unexpected(ok.error());
  auto before = ReadPolicy({arguments.positional[0]}, arguments);
  if (!before) return std::unexpected(before.error());
  auto after = ReadPolicy({arguments.positional[1]}, arguments);
  if (!after) return std::unexpected(after.error());
  std::unique_ptr<LoadedPolicy> ceiling;
  if (arguments.Has("allow")) {
    auto allowed = ReadPolicy(arguments.All("allow"), arguments);
    if (!allowed) return std::unexpected(allowed.error());
    ceiling = std::move(*allowed);
  }
  auto diff = review::DiffPolicies(*(*before)->evaluator, *(*after)->evaluator,
                                   ceiling ? ceiling->evaluator.get() : nullptr);
  if (!diff) return std::unexpected(diff.error());
  const bool beyond =
      std::ranges::any_of(diff->gained, [](const RightChange& change) { return !change.allowed; });
  const int status = beyond ? kExitFindings : kExitClean;
  const std::string format = arguments.Get("output", "text");
  auto ok = WriteOut(format == "json"       ? AsJson(*diff, status)
                     : format == "markdown" ? AsMarkdown(*diff)
                                            : AsText(*diff));
  if (!ok) return std::unexpected(ok.error());
  return status;
}

Result<int> RunMinimize(const Arguments& arguments) {
  auto loaded = LoadPolicy(arguments);
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const auto smaller = review::Minimize(policy);
  const bool only_changed = arguments.Has("changed");
  std::string text;
  size_t had = 0;
  size_t has = 0;
  auto next = smaller.begin();
  for (const rbac::Role& role : policy.roles) {
    const bool changed = next != smaller.end() && next->role == &role;
    if (changed) {
      text +=
          review::YamlComment(fmt::format("{}: {} rules, which were {}", policy.Where(role.spot),
                                          next->rules.size(), next->had)) +
          review::RoleYaml(policy, role, next->rules);
      had += next->had;
      has += next++->rules.size();
    } else if (!only_changed) {
      text += review::RoleYaml(policy, role, review::RulesOf(policy, role));
    }
  }
  if (!only_changed) {
    for (const rbac::Binding& binding : policy.bindings)
      text += review::BindingYaml(policy, binding);
  }
  if (!arguments.Has("quiet")) {
    std::fputs(
        smaller.empty()
            ? fmt::format("seawall: none of {} roles can be smaller\n", policy.roles.size()).c_str()
            : fmt::format("seawall: {} of {} roles are smaller: {} rules, which were {}\n",
                          smaller.size(), policy.roles.size(), has, had)
                  .c_str(),
        stderr);
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

Result<int> RunLint(const Arguments& arguments) {
  if (!arguments.Has("filename"))
    return Fail(ErrorCode::kUsage, "look through manifests", "", "no manifest is named",
                "name them with -f FILE, -f DIR or -f -");
  if (auto ok = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody)); !ok)
    return std::unexpected(ok.error());
  auto loaded = ReadPolicy(arguments.All("filename"), arguments);
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const auto found = review::LintPolicy(*(*loaded)->evaluator);
  std::string text;
  if (arguments.Get("output", "text") == "json") {
    report::JsonText json;
    auto& out = json.writer();
    out.StartObject();
    report::Field(out, "schemaVersion", "1.0");
    out.Key("found");
    out.StartArray();
    for (const review::Lint& lint : found) {
      out.StartObject();
      report::Field(out, "id", lint.id);
      report::Field(out, "file", policy.files[lint.spot.file]);
      report::Field(out, "line", static_cast<int64_t>(lint.spot.line));
      report::Field(out, "text", lint.text);
      out.EndObject();
    }
    out.EndArray();
    out.EndObject();
    text = json.Take() + "\n";
  } else {
    for (const review::Lint& lint : found)
      text += fmt::format("{}: {} ({})\n", Printable(policy.Where(lint.spot)), lint.text, lint.id);
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return found.empty() ? kExitClean : kExitFindings;
}

}  // namespace seawall::app
