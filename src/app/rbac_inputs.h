// What the rbac commands are told: a policy out of manifests or of a live API server, and who asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/report_writer.h"
#include "rbac/chain.h"
#include "rbac/evaluator.h"
#include "rbac/resources.h"

namespace seawall::app {

/// A policy with its index, at a fixed place.
struct LoadedPolicy {
  rbac::Policy policy;
  std::unique_ptr<rbac::Evaluator> evaluator;
  bool live = false;
  std::vector<std::string> unread;  ///< what the API server did not let be listed: unknown, then
};

/// -f FILE, DIR or -, --strict, --kubeconfig, --context. Remarks (unknown fields, objects that come
/// twice) go to standard error unless --quiet is given. Enters the sandbox, with the files of
/// `wishes` to be written. Errors: kUsage when
/// there is neither -f nor --kubeconfig; what ReadManifests says.
Result<std::unique_ptr<LoadedPolicy>> LoadPolicy(const Arguments& arguments,
                                                 const std::vector<Wish>& wishes = {});

/// The same of files that are named otherwise; remarks are not told, the sandbox is not entered.
Result<std::unique_ptr<LoadedPolicy>> ReadPolicy(const std::vector<std::string>& names,
                                                 const Arguments& arguments);

/// The bytes of -f: files, folders (their *.yaml, *.yml and *.json, folders below too), standard
/// input. At most 100,000 files and 1 GiB in all.
struct NamedBytes {
  std::string name, bytes;
};
Result<std::vector<NamedBytes>> ReadManifestFiles(const std::vector<std::string>& names);

/// --as and --as-group, with the groups that impersonation adds; the caller's own name and groups
/// with --kubeconfig and without --as.
struct Asker {
  std::string user;
  std::vector<std::string> groups;
};
Result<Asker> ReadAsker(const Arguments& arguments);

/// VERB RESOURCE[/NAME] or VERB /URL, with -n, -A and --subresource; --name, where a command has
/// it.
struct Request {
  std::string verb, space, path, subresource;
  rbac::ResourceArgument resource;

  /// Without user and groups.
  rbac::Attributes attributes() const {
    return {.user = {},
            .groups = {},
            .verb = verb,
            .resource_request = path.empty(),
            .space = space,
            .group = resource.group,
            .resource = resource.resource,
            .subresource = subresource,
            .name = resource.name,
            .path = path};
  }
};
Result<Request> ReadRequest(const Arguments& arguments);

/// --authorization-mode; RBAC when it is not given.
Result<std::vector<rbac::Mode>> ReadChain(const Arguments& arguments);

}  // namespace seawall::app
