// What the rbac commands are told: a policy out of manifests or of a live API server, and who asks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/live_policy.h"
#include "app/command.h"
#include "app/report_writer.h"
#include "rbac/evaluator.h"
#include "rbac/node_graph.h"
#include "rbac/resources.h"
#include "report/json_writer.h"

namespace seawall::app {

/// A policy with its index, at a fixed place.
struct LoadedPolicy {
  rbac::Policy policy;
  std::unique_ptr<rbac::Evaluator> evaluator;
  std::optional<rbac::Workloads> workloads;  ///< where they were wanted and there are some
  std::optional<rbac::NodeGraph> nodes;      ///< likewise
  std::unique_ptr<api::ApiClient> client;    ///< where the objects are an API server's
  const rbac::NodeGraph* node_graph() const { return nodes ? &*nodes : nullptr; }
  std::vector<std::string> read;  ///< files, or the address of the API server
};

/// Whether standard error tells remarks about manifests.
enum class Remarks : uint8_t { kTold, kSilent };

struct LoadOptions {
  api::PolicyWanted wanted = {};  ///< of an API server
  std::vector<Wish> wishes = {};  ///< files that will be written
  bool workloads = false;         ///< pods and service accounts, too
  bool nodes = false;             ///< what the Node authorizer decides by, too
  Remarks remarks = Remarks::kTold;
};
/// -f FILE, DIR or - with --strict; --kubeconfig or --context; --bundle: one of the three. Remarks
/// (unknown fields, objects that come twice) go to standard error unless --quiet is given. Enters
/// the sandbox. Errors: kUsage when there is none of them; what ReadManifests and ReadLivePolicy
/// say.
Result<std::unique_ptr<LoadedPolicy>> LoadPolicy(const Arguments& arguments,
                                                 const LoadOptions& options = {});

/// What LoadPolicy does before it reads anything: looks at the command line, enters the sandbox.
Result<void> EnterForPolicy(const Arguments& arguments, const std::vector<Wish>& wishes);

/// Whether the command line names a source of objects: otherwise kUsage.
Result<void> CheckSources(const Arguments& arguments);

/// The objects that an API server lists; the client stays with them.
Result<std::unique_ptr<LoadedPolicy>> ReadLive(Result<std::unique_ptr<api::ApiClient>> client,
                                               const LoadOptions& options = {});
/// The client of --bundle's file.
Result<std::unique_ptr<api::ApiClient>> OpenBundleApi(const std::string& path);

/// The same of files that are named otherwise; remarks are not told, the sandbox is not entered.
Result<std::unique_ptr<LoadedPolicy>> ReadPolicy(const std::vector<std::string>& names,
                                                 const Arguments& arguments,
                                                 const LoadOptions& options = {});

/// The bytes of -f: files, folders (their *.yaml, *.yml and *.json, folders below too), standard
/// input. At most 100,000 files and 1 GiB in all.
struct NamedBytes {
  std::string name, bytes;
};
Result<std::vector<NamedBytes>> ReadManifestFiles(const std::vector<std::string>& names);
/// Whether a file of a folder is taken.
bool IsManifestName(const std::string& name);
/// The policy of such bytes, which need not live longer.
Result<std::unique_ptr<LoadedPolicy>> PolicyOf(const std::vector<NamedBytes>& files,
                                               const Arguments& arguments,
                                               const LoadOptions& options = {});

/// --as and --as-group, with the groups that impersonation adds.
struct Asker {
  std::string user;
  std::vector<std::string> groups;
};
Result<Asker> ReadAsker(const Arguments& arguments);

/// The reasons of every list that could not be read.
std::vector<std::string> UnreadLists(const rbac::Policy& policy);
/// "unknown: REASON", a line for each; "" for none. Safe for terminals.
std::string UnknownText(const std::vector<std::string>& open);
/// `"unknown":["…"]`.
void UnknownJson(report::JsonWriter& out, const std::vector<std::string>& open);

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

}  // namespace seawall::app
