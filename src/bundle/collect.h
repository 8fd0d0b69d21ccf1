// Collecting a node: everything that an audit asks of it, with the answers, without the secrets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "bundle/bundle.h"
#include "rules/rule.h"

namespace seawall::bundle {

struct CollectOptions {
  std::string name;        ///< of the node; "": its host name
  bool live = false;       ///< a running machine
  bool as_root = false;    ///< who reads
  std::string digest_key;  ///< of --digest-key; "": a random one, for this bundle only
  std::string tool_version;
  int64_t now = 0;  ///< seconds since the epoch
};

/// Audits the node once to see what an audit asks for, replaces the secrets in the answers, and
/// audits them: rules whose findings are not the same then are named in the manifest's
/// `differing`. Errors: the root cannot be listed.
Result<Bundle> Collect(std::shared_ptr<const Files> files, const CollectOptions& options);

/// Rules that say something else in `b` than in `a`, sorted.
std::vector<std::string> Differing(const std::vector<rules::Finding>& a,
                                   const std::vector<rules::Finding>& b);

}  // namespace seawall::bundle
