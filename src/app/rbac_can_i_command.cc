// `seawall rbac can-i`: one question, or a file of them.
#include <fmt/format.h>

#include <algorithm>

#include "app/app.h"
#include "app/cluster_api.h"
#include "app/rbac_chain.h"
#include "app/rbac_inputs.h"
#include "app/rbac_questions.h"
#include "app/rbac_text.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "rbac/why_not.h"
#include "report/json_writer.h"

namespace seawall::app {
namespace {

/// A question with the texts that it speaks of.
struct Asked {
  Asker asker;
  Request request;
  std::vector<std::string_view> groups;

  rbac::Attributes attributes() const {
    rbac::Attributes attributes = request.attributes();
    attributes.user = asker.user;
    attributes.groups = groups;
    return attributes;
  }
};

/// The asker's own name, where nobody else is named, comes from the API server.
bool AsksForOneself(const Arguments& arguments) {
  return WantsApi(arguments) && !arguments.Has("as") && !arguments.Has("as-group");
}

Result<Asked> ReadQuestion(const Arguments& arguments) {
  auto request = ReadRequest(arguments);
  if (!request) return std::unexpected(request.error());
  if (AsksForOneself(arguments)) return Asked{{}, std::move(*request), {}};
  auto asker = ReadAsker(arguments);
  if (!asker) return std::unexpected(asker.error());
  return Asked{std::move(*asker), std::move(*request), {}};
}

/// Only what decides the question: a user may be allowed to list what is in one namespace.
api::PolicyWanted WantedFor(const Request& request) {
  return {.namespaces = !request.space.empty(), .space = request.space};
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
  auto chain = ReadChain(arguments);
  if (!chain) return std::unexpected(chain.error());
  // Who asks for oneself is known only when the API server has said it.
  const auto is_node = [&] { return asked->asker.user.starts_with("system:node:"); };
  auto loaded = LoadPolicy(arguments, {.wanted = WantedFor(asked->request),
                                       .nodes = is_node() && HasMode(*chain, rbac::Mode::kNode)});
  if (!loaded) return std::unexpected(loaded.error());
  if (AsksForOneself(arguments)) {
    auto own = api::AskOwnName(*(*loaded)->client);
    if (!own) return std::unexpected(own.error());
    asked->asker = {std::move(own->user), std::move(own->groups)};
  }
  if (auto ok = TakeLiveChain(arguments, is_node(), **loaded, *chain); !ok)
    return std::unexpected(ok.error());
  asked->groups.assign(asked->asker.groups.begin(), asked->asker.groups.end());
  const rbac::Evaluator& evaluator = *(*loaded)->evaluator;
  const rbac::Attributes attributes = asked->attributes();
  const rbac::Decision decision =
      rbac::Decide(*chain, evaluator, attributes, (*loaded)->node_graph());
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
