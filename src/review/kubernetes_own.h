// What of a cluster's RBAC is Kubernetes' own, so that manifests need not name it.
#pragma once

#include "rbac/evaluator.h"

namespace seawall::review {

/// The roles and bindings that Kubernetes' bootstrap policy, kubeadm and its addons make, by their
/// names and subjects (as `rbac risks` knows them), and what gives everybody no more than everybody
/// may know. A role's rules are as the cluster has them.
rbac::Policy OwnOfKubernetes(const rbac::Evaluator& cluster);

}  // namespace seawall::review
