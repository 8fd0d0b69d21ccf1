// What is changed through the cluster's API, one object after the other, and what has to hold
// afterwards. Its file is the journal's plan.json: the objects before are in it, so that every
// change can be taken back.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "yaml/document.h"

namespace seawall::live {

struct ObjectChange {
  std::string path;    ///< "/apis/rbac.authorization.k8s.io/v1/clusterroles/ci"
  std::string name;    ///< "ClusterRole ci"
  std::string before;  ///< JSON as the API server gave it; "": it is not there
  std::string after;   ///< JSON; "": it goes
};

/// Whether somebody may do something, as the API server is asked.
struct AccessQuestion {
  size_t change = 0;  ///< after which it is asked
  std::string spec;   ///< JSON of a SubjectAccessReview's spec
  std::string text;   ///< "User ann: get pods in shop"
  bool used = false;  ///< it has to stay allowed; otherwise it is what the change takes away
};

struct ObjectPlan {
  std::string server;               ///< "https://HOST:PORT", for people
  std::string cluster;              ///< the uid of kube-system: which cluster it is; "": not known
  std::string kubeconfig, context;  ///< by which it was asked
  std::vector<ObjectChange> changes;
  std::vector<AccessQuestion> questions;
  std::vector<std::string> unproven;  ///< what could not be known, for people
};

std::string ObjectPlanText(const ObjectPlan& plan);
/// kMalformed, kUnsupported for another major version.
Result<ObjectPlan> ReadObjectPlan(const std::string& name, const std::string& text);

/// The object as JSON without what the API server alone writes (uid, resourceVersion, …), without
/// what is empty, its keys in order: equal for two that say the same.
Result<std::string> SameText(const std::string& json);

/// One member of an object that takes the place of the one that is there.
struct Member {
  std::string_view key = {};
  yaml::Value value = {};
};
/// Which object it is, and as of when: with it a concurrent editor is noticed.
struct Identity {
  std::string uid, version;
};
Result<Identity> IdentityOf(const std::string& json);
/// The object (JSON or YAML) as JSON without what the API server alone writes, with `member` in the
/// place of its own, and with `identity` where it has one.
Result<std::string> ObjectText(const std::string& text, const Identity& identity = {},
                               const Member& member = {});

}  // namespace seawall::live
