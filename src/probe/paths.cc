#include "probe/paths.h"

#include <algorithm>
#include <array>

namespace seawall::probe {
namespace {

constexpr std::string_view kApiServer[] = {"/",
                                           "/version",
                                           "/healthz",
                                           "/livez",
                                           "/readyz",
                                           "/metrics",
                                           "/api/v1/secrets?limit=1",
                                           "/debug/pprof/"};
constexpr std::string_view kKubelet[] = {"/",
                                         "/healthz",
                                         "/pods",
                                         "/metrics",
                                         "/configz",
                                         "/stats/summary",
                                         "/logs/",
                                         "/debug/pprof/",
                                         "/containerLogs/seawall-none/seawall-none/none",
                                         "/exec/seawall-none/seawall-none/none",
                                         "/run/seawall-none/seawall-none/none",
                                         "/checkpoint/seawall-none/seawall-none/none"};
constexpr std::string_view kController[] = {"/",        "/healthz", "/livez",
                                            "/metrics", "/configz", "/debug/pprof/"};
constexpr std::string_view kProxy[] = {"/",        "/healthz",   "/metrics",
                                       "/configz", "/proxyMode", "/debug/pprof/"};
constexpr std::string_view kEtcd[] = {"/",        "/version",     "/health",       "/metrics",
                                      "/v2/keys", "/v3/kv/range", "/debug/pprof/", "/debug/vars"};
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

}  // namespace

std::span<const std::string_view> PathsOf(std::string_view component) {
  const auto found = std::ranges::find(kRows, component, &Row::component);
  return found == std::end(kRows) ? std::span<const std::string_view>(kOther) : found->paths;
}

}  // namespace seawall::probe
