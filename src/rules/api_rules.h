// The tables of rules about a cluster as its API shows it: one function for each file of rules.
#pragma once

#include <span>

#include "rules/rule.h"

namespace seawall::rules {

std::span<const Rule> ApiRbacRules();       ///< api_rbac.cc: what groups of everybody may do
std::span<const Rule> ApiPodRules();        ///< api_pods.cc: what an intruder in a pod finds
std::span<const Rule> ApiAdmissionRules();  ///< api_admission.cc: webhooks, aggregated APIs
std::span<const Rule> ApiTokenRules();      ///< api_tokens.cc: tokens that lie in the cluster
std::span<const Rule> ApiNetworkRules();    ///< api_network.cc: traffic between nodes

}  // namespace seawall::rules
