// The authorizers of an API server, one after the other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"
#include "rbac/node_graph.h"

namespace seawall::rbac {

enum class Mode : uint8_t { kRbac, kAbac, kNode, kWebhook, kAlwaysAllow, kAlwaysDeny };

/// What a webhook is said to answer to every request that it is asked about.
enum class WebhookWord : uint8_t { kUnknown, kAllow, kNoOpinion, kDeny };

struct Authorizer {
  // NOLINTNEXTLINE(google-explicit-constructor): a mode is an authorizer without more.
  Authorizer(Mode of) : mode(of) {}

  Mode mode;
  // Of a webhook.
  std::string name = "default";  ///< as kube-apiserver calls that of its flags
  WebhookWord word = WebhookWord::kUnknown;
  bool failure_denies = false;  ///< failurePolicy: Deny
  std::vector<std::string> conditions;
};
using Chain = std::vector<Authorizer>;

/// "Node,RBAC"; as --authorization-mode of kube-apiserver takes it. Errors: kUsage.
Result<Chain> ReadModes(std::string_view text);
/// The mode of an authorizer's type in an AuthorizationConfiguration.
std::optional<Mode> ModeOf(std::string_view type);

enum class Verdict : uint8_t { kAllowed, kNotAllowed, kUnknown };

struct Decision {
  Verdict verdict = Verdict::kNotAllowed;
  std::string reason;  ///< the API server's own words; of kUnknown, ours
  Answer answer;       ///< RBAC's, where it was asked
};

/// Asks each authorizer in turn as the API server's union does: the first that allows or denies
/// counts. A webhook whose matchConditions leave the request out has no opinion. What cannot be
/// known (a webhook's word where none is given; a node's, where it depends on objects that
/// `nodes` does not know) is unknown unless what is known decides; so is what lists that could not
/// be read may allow. system:masters are asked nobody about. Safe to call from several threads.
Decision Decide(const Chain& chain, const Evaluator& evaluator, const Attributes& attributes,
                const NodeGraph* nodes = nullptr);

}  // namespace seawall::rbac
