// What of a cluster's RBAC is Kubernetes' own, so that manifests need not name it.
#pragma once

#include "rbac/evaluator.h"

namespace seawall::review {

/// Whether a role is one of Kubernetes' bootstrap policy, of kubeadm or of a usual addon, by its
/// name and where it lies.
bool IsOwnRole(const rbac::Policy& policy, const rbac::Role& role);

/// The roles and bindings that Kubernetes' bootstrap policy, kubeadm and its addons make, by their
/// names and subjects (as `rbac risks` knows them), and what gives everybody no more than everybody
/// may know. A role's rules are as the cluster has them.
rbac::Policy OwnOfKubernetes(const rbac::Evaluator& cluster);

}  // namespace seawall::review
