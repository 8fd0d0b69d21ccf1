// The two policies of `seawall rbac diff`.
#pragma once

#include <memory>

#include "app/rbac_inputs.h"

namespace seawall::app {

struct DiffSides {
  std::unique_ptr<LoadedPolicy> before, after, ceiling;  ///< the last is nullptr without --allow
};

/// A and B: manifests, a bundle, git:REV[:PATH], or `cluster:`, the one of --kubeconfig. With
/// --kubeconfig and one word: the cluster, and the cluster as it is once that is applied. Where one
/// side is a cluster's (or a bundle's) and the other is not, what is Kubernetes' own counts on
/// both. Enters the sandbox.
Result<DiffSides> ReadDiffSides(const Arguments& arguments);

}  // namespace seawall::app
