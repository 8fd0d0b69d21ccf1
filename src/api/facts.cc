#include "api/facts.h"

#include "api/facts_parts.h"

namespace seawall::api {
namespace {

/// Who answers, and whether it is an API server at all.
Result<void> Greet(ApiClient& client, cluster::ApiFacts& facts) {
  facts.server = client.where();
  facts.context = client.access().context;
  auto version = client.Object("/version");
  if (version && version->root()["gitVersion"].exists()) {
    Asker::Know(facts.version, version->root()["gitVersion"].text());
    return {};
  }
  if (version) {
    return Fail(ErrorCode::kMalformed, "ask the API server for /version", client.where(),
                "the answer names no version",
                "look whether that is an API server of Kubernetes, and at the kubeconfig's server");
  }
  // Who may not see the version may see other things; who is not known sees nothing.
  const Error& error = version.error();
  const bool forbidden =
      error.code == ErrorCode::kPermission && error.why.starts_with("status 403");
  if (!forbidden) return std::unexpected(error);
  Asker::Blame(facts.version, error);
  return {};
}

}  // namespace

Result<std::shared_ptr<cluster::ApiFacts>> ReadFacts(ApiClient& client, const ReadLimits& limits) {
  auto facts = std::make_shared<cluster::ApiFacts>();
  if (auto ok = Greet(client, *facts); !ok) return std::unexpected(ok.error());
  Asker ask(client, std::chrono::steady_clock::now() + limits.all);
  ReadMachines(ask, *facts);
  if (limits.only_machines) return facts;
  ReadRbac(ask, *facts);
  ReadPods(ask, *facts);
  ReadAdmission(ask, *facts);
  ReadTokens(ask, *facts);
  ReadNetwork(ask, *facts);
  ReadVersions(ask, *facts);
  return facts;
}

}  // namespace seawall::api
