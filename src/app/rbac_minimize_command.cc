// `seawall rbac minimize` and `lint`: a policy made smaller, and looked through.
#include <fmt/format.h>

#include <cstdio>

#include "app/app.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "review/lint.h"
#include "review/minimize.h"
#include "review/policy_yaml.h"

namespace seawall::app {

Result<int> RunMinimize(const Arguments& arguments) {
  auto loaded = LoadPolicy(arguments);
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const std::vector<std::string> open = UnreadLists(policy);
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
  for (const std::string& why : open) text += review::YamlComment("unknown: " + why);
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return open.empty() ? kExitClean : kExitUnknown;
}

Result<int> RunLint(const Arguments& arguments) {
  auto loaded = LoadPolicy(arguments, {.remarks = Remarks::kSilent});  // lint tells them itself
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Policy& policy = (*loaded)->policy;
  const std::vector<std::string> open = UnreadLists(policy);
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
    UnknownJson(out, open);
    out.EndObject();
    text = json.Take() + "\n";
  } else {
    for (const review::Lint& lint : found)
      text += fmt::format("{}: {} ({})\n", Printable(policy.Where(lint.spot)), lint.text, lint.id);
    text += UnknownText(open);
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return !found.empty() ? kExitFindings : open.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
