// `seawall rbac can-i`: one question, or a file of them.
#include <fmt/format.h>

#include "app/app.h"
#include "app/rbac_inputs.h"
#include "app/rbac_questions.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/resources.h"
#include "rbac/why_not.h"
#include "report/json_writer.h"

namespace seawall::app {
namespace {

/// A question with the texts that it speaks of.
struct Asked {
  Asker asker;
  std::string verb, space, path, subresource;
  rbac::ResourceArgument resource;
  std::vector<std::string_view> groups;

  rbac::Attributes attributes() const {
    return {.user = asker.user,
            .groups = groups,
            .verb = verb,
            .resource_request = path.empty(),
            .space = space,
            .group = resource.group,
            .resource = resource.resource,
            .subresource = subresource,
            .name = resource.name,
            .path = path};
  }
};

Result<Asked> ReadQuestion(const Arguments& arguments) {
  const auto usage = [](std::string why, std::string todo) {
    return Fail(ErrorCode::kUsage, "ask", "", std::move(why), std::move(todo));
  };
  if (arguments.positional.size() != 2)
    return usage("a question is VERB RESOURCE[/NAME], or VERB /URL",
                 "for example: seawall rbac can-i get pods --as alice -n shop -f rbac/");
  Asked asked;
  auto asker = ReadAsker(arguments);
  if (!asker) return std::unexpected(asker.error());
  asked.asker = std::move(*asker);
  asked.groups.assign(asked.asker.groups.begin(), asked.asker.groups.end());
  asked.verb = arguments.positional[0];
  const std::string& what = arguments.positional[1];
  if (what.starts_with("/")) {
    asked.path = what;
    if (arguments.Has("namespace") || arguments.Has("subresource"))
      return usage("a URL has no namespace and no subresource", "leave out -n and --subresource");
    return asked;
  }
  asked.resource = rbac::ReadResourceArgument(what);
  asked.subresource = arguments.Get("subresource");
  if (arguments.Has("namespace") && arguments.Has("all-namespaces"))
    return usage("-n and -A exclude each other", "give one of them");
  const bool whole = arguments.Has("all-namespaces") ||
                     (asked.resource.known && !asked.resource.known->namespaced);
  if (!whole) asked.space = arguments.Get("namespace", "default");
  return asked;
}

std::string BindingText(const rbac::Policy& policy, const rbac::Grant& grant) {
  return fmt::format("{} ({})", Printable(rbac::Describe(policy, *grant.binding, *grant.subject)),
                     Printable(policy.Where(grant.binding->spot)));
}

std::string RuleLine(const rbac::Policy& policy, const rbac::Grant& grant) {
  const auto number = static_cast<size_t>(grant.rule - policy.RulesOf(*grant.role).data()) + 1;
  return fmt::format("rule {} ({}): {}", number, Printable(policy.Where(*grant.role, *grant.rule)),
                     rbac::RuleText(policy, *grant.rule));
}

std::string WhyText(const rbac::Policy& policy, const rbac::Answer& answer) {
  if (answer.masters) return "  system:masters are allowed everything, whatever the policy says\n";
  if (!answer.allowed) return "";
  return fmt::format("  {}\n  {}\n", BindingText(policy, answer.grant),
                     RuleLine(policy, answer.grant));
}

std::string WhyNotText(const rbac::Evaluator& evaluator, const rbac::Attributes& attributes) {
  const rbac::NearMiss nearest = rbac::NearestRule(evaluator, attributes);
  std::string text;
  if (nearest.grant.role) {
    text += fmt::format("  nearest: {}\n           {}\n           it lacks: {}\n",
                        BindingText(evaluator.policy(), nearest.grant),
                        RuleLine(evaluator.policy(), nearest.grant),
                        Printable(Join(nearest.missing, "; ")));
  } else {
    text += "  no binding gives this user or its groups anything here\n";
  }
  return text + "  the smallest rule that would allow it:\n\n" + rbac::SmallestRule(attributes);
}

void GrantJson(report::JsonWriter& out, const rbac::Policy& policy, const rbac::Grant& grant) {
  const auto place = [&](const rbac::Spot& spot) {
    report::Field(out, "file", policy.files[spot.file]);
    report::Field(out, "line", static_cast<int64_t>(spot.line));
  };
  out.StartObject();
  report::Field(out, "text", rbac::Describe(policy, *grant.binding, *grant.subject));
  out.Key("binding");
  out.StartObject();
  report::Field(out, "kind", grant.binding->cluster ? "ClusterRoleBinding" : "RoleBinding");
  report::Field(out, "namespace", policy.Text(grant.binding->space));
  report::Field(out, "name", policy.Text(grant.binding->name));
  place(grant.binding->spot);
  out.EndObject();
  out.Key("role");
  out.StartObject();
  report::Field(out, "kind", grant.role->cluster ? "ClusterRole" : "Role");
  report::Field(out, "namespace", policy.Text(grant.role->space));
  report::Field(out, "name", policy.Text(grant.role->name));
  place(grant.role->spot);
  out.EndObject();
  out.Key("rule");
  out.StartObject();
  report::Field(out, "number",
                static_cast<int64_t>(grant.rule - policy.RulesOf(*grant.role).data()) + 1);
  report::Field(out, "text", rbac::RuleText(policy, *grant.rule));
  place({grant.role->spot.file, grant.rule->line});
  out.EndObject();
  out.EndObject();
}

std::string AnswerJson(const rbac::Evaluator& evaluator, const rbac::Attributes& attributes,
                       const rbac::Decision& decision, bool why_not) {
  const rbac::Policy& policy = evaluator.policy();
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  out.Key("allowed");
  if (decision.verdict == rbac::Verdict::kUnknown) {
    out.Null();
  } else {
    out.Bool(decision.verdict == rbac::Verdict::kAllowed);
  }
  report::Field(out, "reason", decision.reason);
  out.Key("grant");
  if (decision.answer.allowed && !decision.answer.masters) {
    GrantJson(out, policy, decision.answer.grant);
  } else {
    out.Null();
  }
  if (why_not && decision.verdict == rbac::Verdict::kNotAllowed) {
    const rbac::NearMiss nearest = rbac::NearestRule(evaluator, attributes);
    out.Key("nearest");
    if (nearest.grant.role) {
      GrantJson(out, policy, nearest.grant);
    } else {
      out.Null();
    }
    out.Key("missing");
    out.StartArray();
    for (const std::string& part : nearest.missing) report::Text(out, part);
    out.EndArray();
    report::Field(out, "smallest", rbac::SmallestRule(attributes));
  }
  out.EndObject();
  return json.Take() + "\n";
}

std::string AnswerText(const Arguments& arguments, const rbac::Evaluator& evaluator,
                       const rbac::Attributes& attributes, const rbac::Decision& decision) {
  std::string text = decision.verdict == rbac::Verdict::kAllowed      ? "yes"
                     : decision.verdict == rbac::Verdict::kNotAllowed ? "no"
                                                                      : "unknown";
  if (!decision.reason.empty()) text += " - " + Printable(decision.reason);
  text += "\n";
  if (arguments.Has("why")) text += WhyText(evaluator.policy(), decision.answer);
  if (arguments.Has("why-not") && decision.verdict == rbac::Verdict::kNotAllowed)
    text += WhyNotText(evaluator, attributes);
  return text;
}

}  // namespace

Result<int> RunCanI(const Arguments& arguments) {
  if (arguments.Has("questions")) return RunQuestions(arguments);
  auto asked = ReadQuestion(arguments);
  if (!asked) return std::unexpected(asked.error());
  auto modes = ReadChain(arguments);
  if (!modes) return std::unexpected(modes.error());
  auto loaded = LoadPolicy(arguments);
  if (!loaded) return std::unexpected(loaded.error());
  const rbac::Evaluator& evaluator = *(*loaded)->evaluator;
  const rbac::Attributes attributes = asked->attributes();
  const rbac::Decision decision = rbac::Decide(*modes, evaluator, attributes);
  if (!arguments.Has("quiet")) {
    const bool json = arguments.Get("output", "text") == "json";
    auto ok = WriteOut(json ? AnswerJson(evaluator, attributes, decision, arguments.Has("why-not"))
                            : AnswerText(arguments, evaluator, attributes, decision));
    if (!ok) return std::unexpected(ok.error());
  }
  return decision.verdict == rbac::Verdict::kAllowed      ? kExitClean
         : decision.verdict == rbac::Verdict::kNotAllowed ? kExitFindings
                                                          : kExitUnknown;
}

}  // namespace seawall::app
