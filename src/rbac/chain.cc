#include "rbac/chain.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rbac/match_condition.h"
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

/// What a webhook comes to: its word, or nothing where it is not asked.
WebhookWord WordOf(const Authorizer& webhook, const Attributes& attributes) {
  const WebhookWord failed = webhook.failure_denies ? WebhookWord::kDeny : WebhookWord::kNoOpinion;
  switch (MatchConditions(webhook.conditions, attributes)) {
    case Match::kYes:
      return webhook.word;
    case Match::kNo:
      return WebhookWord::kNoOpinion;
    case Match::kError:
      return failed;
    case Match::kUnknown:
      break;
  }
  const bool silent = webhook.word == WebhookWord::kNoOpinion && !webhook.failure_denies;
  return silent ? WebhookWord::kNoOpinion : WebhookWord::kUnknown;
}

void Allow(Decision& decision, std::string reason = "") {
  decision.verdict = Verdict::kAllowed;
  decision.reason = std::move(reason);
}

std::string NotAsked(const Authorizer& webhook) {
  return fmt::format("the webhook {} was not asked", webhook.name);
}

}  // namespace

std::optional<Mode> ModeOf(std::string_view type) {
  const auto* const at =
      std::ranges::find_if(kWords, [&](const Word& w) { return type == w.text; });
  return at == std::end(kWords) ? std::nullopt : std::optional(at->mode);
}

Result<Chain> ReadModes(std::string_view text) {
  Chain chain;
  const auto usage = [](std::string why) {
    return Fail(ErrorCode::kUsage, "read --authorization-mode", "", std::move(why),
                "it is a comma list of Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny");
  };
  for (const std::string_view word : Split(text, ',')) {
    const auto mode = ModeOf(word);
    if (!mode) return usage(fmt::format("there is no mode '{}'", Printable(word)));
    if (std::ranges::find(chain, *mode, &Authorizer::mode) != chain.end())
      return usage(fmt::format("{} comes twice", word));
    chain.emplace_back(*mode);
  }
  return chain;
}

Decision Decide(const Chain& chain, const Evaluator& evaluator, const Attributes& attributes,
                const NodeGraph* nodes) {
  Decision decision;
  if (std::ranges::find(attributes.groups, "system:masters") != attributes.groups.end()) {
    decision.verdict = Verdict::kAllowed;
    decision.answer.allowed = decision.answer.masters = true;
    return decision;
  }
  std::string unknown;      // an authorizer that might allow
  bool might_deny = false;  // or deny before anybody else is asked
  bool ended = false;       // nobody else is asked
  for (const Authorizer& authorizer : chain) {
    if (ended) break;
    switch (authorizer.mode) {
      case Mode::kRbac: {
        decision.answer = evaluator.Ask(attributes);
        const std::string reason = ReasonOf(evaluator.policy(), decision.answer);
        if (decision.answer.allowed && !might_deny) {
          Allow(decision, reason);
          return decision;
        }
        decision.reason += (decision.reason.empty() || reason.empty() ? "" : "\n") + reason;
        if (const auto open = LeftOpen(evaluator.policy(), attributes, decision.answer);
            !open.empty())
          unknown = Join(open, "; ");
        break;
      }
      case Mode::kAlwaysAllow:
        ended = true;
        if (might_deny) break;
        Allow(decision);
        return decision;
      case Mode::kAlwaysDeny:
        decision.reason +=
            decision.reason.empty() ? "Everything is forbidden." : "\nEverything is forbidden.";
        break;
      case Mode::kNode:
        if (NodeGraph::IsNode(attributes)) {
          const NodeGraph::Opinion opinion = NodeGraph::Ask(nodes, attributes);
          if (opinion.allowed && !might_deny) {
            Allow(decision);
            return decision;
          }
          if (!opinion.unknown.empty()) {
            unknown = "the Node authorizer decides by what runs on the node: " + opinion.unknown;
          }
        }
        break;
      case Mode::kWebhook:
        switch (WordOf(authorizer, attributes)) {
          case WebhookWord::kNoOpinion:
            break;
          case WebhookWord::kDeny:
            ended = true;
            break;
          case WebhookWord::kAllow:
            ended = true;
            if (might_deny) break;
            Allow(decision);
            return decision;
          case WebhookWord::kUnknown:
            unknown = NotAsked(authorizer);
            might_deny = true;
            break;
        }
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
