// The authorizers of an API server, one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "rbac/evaluator.h"
#include "rbac/node_graph.h"

namespace seawall::rbac {

enum class Mode : uint8_t { kRbac, kAbac, kNode, kWebhook, kAlwaysAllow, kAlwaysDeny };

/// "Node,RBAC"; as --authorization-mode of kube-apiserver takes it. Errors: kUsage.
Result<std::vector<Mode>> ReadModes(std::string_view text);

enum class Verdict : uint8_t { kAllowed, kNotAllowed, kUnknown };

struct Decision {
  Verdict verdict = Verdict::kNotAllowed;
  std::string reason;  ///< the API server's own words; of kUnknown, ours
  Answer answer;       ///< RBAC's, where it was asked
};

/// Asks each authorizer in turn as the API server's union does: the first that allows or denies
/// counts. What cannot be known (a webhook's word; a node's, where it depends on objects that
/// `nodes` does not know) is unknown unless what is known decides; so is what lists that could not
/// be read may allow. system:masters are asked nobody about. Safe to call from several threads.
Decision Decide(const std::vector<Mode>& modes, const Evaluator& evaluator,
                const Attributes& attributes, const NodeGraph* nodes = nullptr);

}  // namespace seawall::rbac
