#include "probe/paths.h"

#include <algorithm>
#include <array>

namespace seawall::probe {
namespace {

constexpr std::string_view kApiServer[] = {
    "/",       "/version", "/healthz",        "/livez",
    "/readyz", "/metrics", "/api/v1/secrets", "/debug/pprof/"};
constexpr std::string_view kKubelet[] = {
    "/",     "/healthz",      "/pods",          "/metrics", "/configz", "/stats/summary",
    "/logs", "/debug/pprof/", "/containerLogs", "/exec",    "/run",     "/checkpoint"};
constexpr std::string_view kController[] = {"/",        "/healthz", "/livez",
                                            "/metrics", "/configz", "/debug/pprof/"};
constexpr std::string_view kProxy[] = {"/",        "/healthz",   "/metrics",
                                       "/configz", "/proxyMode", "/debug/pprof/"};
constexpr std::string_view kEtcd[] = {"/",        "/version",      "/health",
                                      "/metrics", "/v2/keys",      "/v3/kv/range",
                                      "/debug/",  "/debug/pprof/", "/debug/vars"};
constexpr std::string_view kOther[] = {"/", "/version", "/healthz", "/metrics", "/debug/pprof/"};

struct Row {
  std::string_view component;
  std::span<const std::string_view> paths;
};
constexpr Row kRows[] = {{"kube-apiserver", kApiServer},
                         {"kubelet", kKubelet},
                         {"kube-controller-manager", kController},
                         {"kube-scheduler", kController},
                         {"kube-proxy", kProxy},
                         {"etcd", kEtcd}};

struct Target {
  std::string_view path, target;
};
constexpr Target kTargets[] = {
    {"/api/v1/secrets", "/api/v1/secrets?limit=1"},
    {"/logs", "/logs/"},
    {"/containerLogs", "/containerLogs/seawall-none/seawall-none/none"},
    {"/exec", "/exec/seawall-none/seawall-none/none"},
    {"/run", "/run/seawall-none/seawall-none/none"},
    {"/checkpoint", "/checkpoint/seawall-none/seawall-none/none"},
};

}  // namespace

std::string_view RequestTarget(std::string_view path) {
  const auto found = std::ranges::find(kTargets, path, &Target::path);
  return found == std::end(kTargets) ? path : found->target;
}

std::span<const std::string_view> PathsOf(std::string_view component) {
  const auto found = std::ranges::find(kRows, component, &Row::component);
  return found == std::end(kRows) ? std::span<const std::string_view>(kOther) : found->paths;
}

}  // namespace seawall::probe
