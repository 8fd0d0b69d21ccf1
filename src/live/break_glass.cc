#include "live/break_glass.h"

#include <fmt/format.h>

#include "api/client.h"
#include "base/text.h"
#include "cluster/listeners.h"

namespace seawall::live {
namespace {

using cluster::ComponentKind;
using cluster::Node;

constexpr int kTimeoutMs = 10000;
constexpr const char* kAttempt = "try the break-glass credential";
/// Where installers leave one. The first ends at no binding, only at the CA.
constexpr const char* kUsual[] = {"/etc/kubernetes/super-admin.conf", "/etc/kubernetes/admin.conf",
                                  "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml",
                                  "/var/lib/k0s/pki/admin.conf"};
constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
constexpr const char* kEverything =
    R"({"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview",)"
    R"("spec":{"resourceAttributes":{"verb":"*","group":"*","version":"*","resource":"*"}}})";

std::vector<std::string> Candidates(const Node& node, const std::string& named) {
  if (!named.empty()) return {named};
  std::vector<std::string> files;
  for (const char* file : kUsual) {
    if (node.Stat(file)) files.emplace_back(file);
  }
  return files;
}

Result<api::Access> ReadGlass(const Node& node, const std::string& file) {
  api::Wanted wanted;
  wanted.kubeconfig = file;
  auto access = api::ReadAccess(wanted, {}, *node.files);
  if (!access) return access;
  if (access->certificate.empty() || access->exec)
    return Fail(
        ErrorCode::kUsage, kAttempt, file,
        "it shows no client certificate, and everything else may end with a login's change");
  return access;
}

/// This node's own API server, by the name that the kubeconfig trusts: a balancer may lead to
/// another one.
api::Access AtHome(const Node& node, api::Access access) {
  for (const auto& listener : cluster::ListenersOf(node).listeners) {
    if (listener.component == nullptr || listener.component->kind != ComponentKind::kApiServer ||
        !listener.role.empty() || listener.port == 0)
      continue;
    if (access.tls_server_name.empty()) access.tls_server_name = access.server.host;
    access.server.host = listener.host;
    access.server.port = listener.port;
    access.proxy.reset();
    break;
  }
  return access;
}

}  // namespace

Result<void> TryBreakGlass(const Node& node, const BreakGlass& glass) {
  const auto failed = [&](std::string why, ErrorCode code = ErrorCode::kIo) {
    return Fail(code, kAttempt, glass.file, std::move(why), "");
  };
  auto client = api::ApiClient::Open(AtHome(node, glass.access), {.timeout_ms = kTimeoutMs});
  if (!client) return failed(client.error().why);
  auto ready = (*client)->Get("/readyz");
  if (!ready) return failed(ready.error().why);
  if (ready->status == 401 || ready->status == 403)
    return failed(api::ErrorOf(*ready, "", "").why, ErrorCode::kPermission);
  if (ready->status != 200) return failed(api::ErrorOf(*ready, "", "").why + " from /readyz");
  auto review = (*client)->Send({.method = "POST",
                                 .path = kReviews,
                                 .content_type = "application/json",
                                 .body = kEverything});
  if (!review) return failed(review.error().why);
  if (review->status != 201) return failed(api::ErrorOf(*review, "", "").why);
  auto answer = yaml::Parse("review", review->body);
  if (!answer) return failed("its answer is no JSON");
  if (!answer->root()["status"]["allowed"].AsBool().value_or(false))
    return failed("it may not do everything (cluster-admin or system:masters)",
                  ErrorCode::kPermission);
  return {};
}

Result<std::unique_ptr<api::ApiClient>> OpenAsAdmin(const Node& node, const std::string& named) {
  for (const std::string& file : Candidates(node, named)) {
    auto access = ReadGlass(node, file);
    if (access) return api::ApiClient::Open(AtHome(node, *access), {.timeout_ms = kTimeoutMs});
  }
  return Fail(ErrorCode::kNotFound, "ask the API server", "",
              "there is no administrator's kubeconfig", "");
}

Result<BreakGlass> FindBreakGlass(const Node& node, const std::string& named) {
  const std::vector<std::string> files = Candidates(node, named);
  std::string why;
  ErrorCode code = ErrorCode::kUsage;
  for (const std::string& file : files) {
    auto access = ReadGlass(node, file);
    if (access) {
      BreakGlass glass{file, std::move(*access)};
      auto tried = TryBreakGlass(node, glass);
      if (tried) return glass;
      if (tried.error().code == ErrorCode::kIo) code = ErrorCode::kIo;
      why += (why.empty() ? "" : "; ") + file + ": " + tried.error().why;
    } else {
      why += (why.empty() ? "" : "; ") + file + ": " + access.error().why;
    }
  }
  if (files.empty()) why = "there is none of: " + Join(kUsual, ", ");
  return Fail(code, "find a credential that opens the cluster whatever goes wrong", "",
              std::move(why),
              "name a kubeconfig with a client certificate of cluster-admin or system:masters "
              "(--break-glass FILE), or consent to have none: --without-break-glass");
}

}  // namespace seawall::live
