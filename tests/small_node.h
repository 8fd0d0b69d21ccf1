// A node of two static pods and one mode that is wrong: new files and folders, edits and modes, all
// of them in one plan, and few enough calls to try each.
#pragma once

#include "tree.h"

namespace seawall::test {

inline void LayOutSmallNode(Tree& tree) {
  tree.Write("/etc/kubernetes/manifests/kube-scheduler.yaml",
             "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-scheduler\n  namespace: "
             "kube-system\nspec:\n  containers:\n  - command:\n    - kube-scheduler\n    - "
             "--leader-elect=true\n    image: registry.k8s.io/kube-scheduler:v1.37.2\n    name: "
             "kube-scheduler\n");
  tree.Write("/etc/kubernetes/manifests/kube-apiserver.yaml",
             "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: "
             "kube-system\nspec:\n  containers:\n  - command:\n    - kube-apiserver\n    - "
             "--profiling=true\n    image: registry.k8s.io/kube-apiserver:v1.37.2\n    name: "
             "kube-apiserver\n");
  tree.Write("/etc/kubernetes/admin.conf", "apiVersion: v1\nkind: Config\n", 0644);
  tree.Write("/etc/hostname", "cp-0\n", 0644);
  tree.Write("/var/lib/keep", "", 0644);
}

}  // namespace seawall::test
