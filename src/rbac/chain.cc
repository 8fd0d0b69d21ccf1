#include "rbac/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rbac/unread.h"

namespace seawall::rbac {
namespace {

struct Word {
  const char* text;
  Mode mode;
};
constexpr Word kWords[] = {{"RBAC", Mode::kRbac},
                           {"ABAC", Mode::kAbac},
                           {"Node", Mode::kNode},
                           {"Webhook", Mode::kWebhook},
                           {"AlwaysAllow", Mode::kAlwaysAllow},
                           {"AlwaysDeny", Mode::kAlwaysDeny}};

}  // namespace

Result<std::vector<Mode>> ReadModes(std::string_view text) {
  std::vector<Mode> modes;
  const auto usage = [](std::string why) {
    return Fail(ErrorCode::kUsage, "read --authorization-mode", "", std::move(why),
                "it is a comma list of Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny");
  };
  for (const std::string_view word : Split(text, ',')) {
    const auto* const at =
        std::ranges::find_if(kWords, [&](const Word& w) { return word == w.text; });
    if (at == std::end(kWords)) return usage(fmt::format("there is no mode '{}'", Printable(word)));
    if (std::ranges::find(modes, at->mode) != modes.end())
      return usage(fmt::format("{} comes twice", word));
    modes.push_back(at->mode);
  }
  return modes;
}

Decision Decide(const std::vector<Mode>& modes, const Evaluator& evaluator,
                const Attributes& attributes, const NodeGraph* nodes) {
  Decision decision;
  if (std::ranges::find(attributes.groups, "system:masters") != attributes.groups.end()) {
    decision.verdict = Verdict::kAllowed;
    decision.answer.allowed = decision.answer.masters = true;
    return decision;
  }
  std::string unknown;      // an authorizer that might allow
  bool might_deny = false;  // or deny before anybody else is asked
  for (const Mode mode : modes) {
    switch (mode) {
      case Mode::kRbac: {
        decision.answer = evaluator.Ask(attributes);
        const std::string reason = ReasonOf(evaluator.policy(), decision.answer);
        if (decision.answer.allowed && !might_deny) {
          decision.verdict = Verdict::kAllowed;
          decision.reason = reason;
          return decision;
        }
        decision.reason += (decision.reason.empty() || reason.empty() ? "" : "\n") + reason;
        if (const auto open = LeftOpen(evaluator.policy(), attributes, decision.answer);
            !open.empty())
          unknown = Join(open, "; ");
        break;
      }
      case Mode::kAlwaysAllow:
        if (might_deny) break;
        decision.verdict = Verdict::kAllowed;
        decision.reason = "";
        return decision;
      case Mode::kAlwaysDeny:
        decision.reason +=
            decision.reason.empty() ? "Everything is forbidden." : "\nEverything is forbidden.";
        break;
      case Mode::kNode:
        if (NodeGraph::IsNode(attributes)) {
          const NodeGraph::Opinion opinion = NodeGraph::Ask(nodes, attributes);
          if (opinion.allowed && !might_deny) {
            decision.verdict = Verdict::kAllowed;
            decision.reason = "";
            return decision;
          }
          if (!opinion.unknown.empty()) {
            unknown = "the Node authorizer decides by what runs on the node: " + opinion.unknown;
          }
        }
        break;
      case Mode::kWebhook:
        unknown = "the webhook was not asked";
        might_deny = true;
        break;
      case Mode::kAbac:
        unknown = "the ABAC policy was not read";
        break;
    }
  }
  if (!unknown.empty()) {
    decision.verdict = Verdict::kUnknown;
    decision.reason = unknown;
  }
  return decision;
}

}  // namespace seawall::rbac
