#include "rbac/unread.h"

#include <algorithm>

namespace seawall::rbac {
namespace {

using What = UnreadList::What;

void Add(const Policy& policy, What what, std::vector<std::string>& open) {
  const UnreadList* list = policy.Unread(what);
  if (list && std::ranges::find(open, list->why) == open.end()) open.push_back(list->why);
}

/// The role of `binding`, which is not there, may be among those that could not be read.
void AddRoles(const Policy& policy, const Binding& binding, std::vector<std::string>& open) {
  const std::string_view kind = policy.Text(binding.role_kind);
  if (kind == "ClusterRole") Add(policy, What::kClusterRoles, open);
  if (kind == "Role") Add(policy, What::kRoles, open);
}

}  // namespace

std::vector<std::string> LeftOpen(const Policy& policy, const Attributes& attributes,
                                  const Answer& answer) {
  std::vector<std::string> open;
  if (policy.unread.empty() || answer.allowed) return open;
  Add(policy, What::kClusterBindings, open);
  if (attributes.resource_request && !attributes.space.empty()) Add(policy, What::kBindings, open);
  for (const Binding* binding : answer.dangling) AddRoles(policy, *binding, open);
  return open;
}

std::vector<std::string> LeftOpen(const Evaluator& evaluator, Reach reach) {
  const Policy& policy = evaluator.policy();
  std::vector<std::string> open;
  if (policy.unread.empty()) return open;
  Add(policy, What::kClusterBindings, open);
  if (reach == Reach::kNamespaces) Add(policy, What::kBindings, open);
  for (const Binding& binding : policy.bindings) {
    if (binding.cluster || reach == Reach::kNamespaces) {
      if (!evaluator.RoleOf(binding)) AddRoles(policy, binding, open);
    }
  }
  return open;
}

}  // namespace seawall::rbac
