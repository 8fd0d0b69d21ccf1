#include "app/cluster_api.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "api/facts.h"
#include "base/text.h"

namespace seawall::app {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A variable's name in capitals, else in small letters, as Go's clients look for it.
api::ProxyVariable ProxyVariable(const std::string& name) {
  for (const std::string& either : {name, Lower(name)}) {
    if (std::string value = Variable(either.c_str()); !value.empty()) return {either, value};
  }
  return {};
}

api::Environment Surroundings() {
  api::Environment environment;
  environment.kubeconfig = Variable("KUBECONFIG");
  environment.home = Variable("HOME");
  environment.service_host = Variable("KUBERNETES_SERVICE_HOST");
  environment.service_port = Variable("KUBERNETES_SERVICE_PORT");
  environment.proxies = {.https = ProxyVariable("HTTPS_PROXY"),
                         .http = ProxyVariable("HTTP_PROXY"),
                         .none = ProxyVariable("NO_PROXY")};
  char folder[PATH_MAX] = "";
  if (getcwd(folder, sizeof folder) != nullptr) environment.folder = folder;
  return environment;
}

class ApiSource : public NodeSource {
 public:
  ApiSource(std::unique_ptr<api::ApiClient> client, cluster::ReadOptions options,
            std::set<std::string> covered)
      : client_(std::move(client)), options_(std::move(options)), covered_(std::move(covered)) {}

  Result<std::vector<cluster::Node>> Read() const override {
    auto facts = api::ReadFacts(*client_);
    if (!facts) return std::unexpected(facts.error());
    return api::ReadNodes(*client_, *facts, options_, covered_);
  }

 private:
  std::unique_ptr<api::ApiClient> client_;
  cluster::ReadOptions options_;
  std::set<std::string> covered_;
};

}  // namespace

bool WantsApi(const Arguments& arguments) {
  return arguments.Has("kubeconfig") || arguments.Has("context");
}

Result<std::unique_ptr<api::ApiClient>> OpenApi(const Arguments& arguments,
                                                const api::ClientOptions& options) {
  if (arguments.Has("kubeconfig") && arguments.Get("kubeconfig").empty()) {
    return Fail(ErrorCode::kUsage, "read --kubeconfig", "", "the file is empty",
                "write --kubeconfig FILE");
  }
  auto files = OpenRoot("/");
  if (!files) return std::unexpected(files.error());
  auto access = api::ReadAccess(
      {.kubeconfig = arguments.Get("kubeconfig"), .context = arguments.Get("context")},
      Surroundings(), **files);
  if (!access) return std::unexpected(access.error());
  for (const std::string& warning : access->warnings)
    fmt::print(stderr, "seawall: warning: {}\n", Printable(warning));
  return api::ApiClient::Open(std::move(*access), options);
}

Result<std::unique_ptr<NodeSource>> MakeApiSource(const Arguments& arguments,
                                                  cluster::ReadOptions options,
                                                  std::set<std::string> covered) {
  auto client = OpenApi(arguments);
  if (!client) return std::unexpected(client.error());
  return std::make_unique<ApiSource>(std::move(*client), std::move(options), std::move(covered));
}

}  // namespace seawall::app
