// matchConditions of an authorizing webhook (AuthorizationConfiguration): whether it is called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rbac/evaluator.h"

namespace seawall::rbac {

enum class Match : uint8_t {
  kYes,
  kNo,
  kError,    ///< the expression fails for this request, as a part that the request does not have
  kUnknown,  ///< it says something that is not read here
};

/// What one CEL expression says of a request. Read are ==, !=, <, <=, >, >=, in, !, &&, ||, ?:,
/// parentheses, texts, whole numbers, lists, places in brackets, true and false, has(), size(),
/// startsWith(), endsWith(), contains(), exists() and all() of request.user, request.groups,
/// request.resourceAttributes and request.nonResourceAttributes as
/// k8s.io/apiserver/pkg/authorization/cel 0.37.2 gives them; whatever else makes it unknown. So do
/// request.uid, request.extra and a resource's version where Attributes::details has none, and what
/// of a selector is not read (TermsOfLabels). Time and depth are bounded. Safe to call from several
/// threads.
Match MatchCondition(const std::string& expression, const Attributes& request);

/// All of them, as the API server takes them: one that is false decides, then one that fails.
Match MatchConditions(const std::vector<std::string>& expressions, const Attributes& request);

}  // namespace seawall::rbac
