#include "cluster/listeners.h"

#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;

/// "HOST:PORT/ROLE" of each listener, and "?" for each gap. Ports of old are shown alone, or not.
std::string Shown(Subject subject, bool old = false, bool live = false) {
  subject.Read();
  Node node;
  node.live = live;
  node.components.push_back(subject.component());
  const Listeners found = ListenersOf(node);
  std::string text;
  for (const Listener& one : found.listeners) {
    if ((one.role == "insecure") != old) continue;
    text += (text.empty() ? "" : " ") + one.host + ":" + std::to_string(one.port) + "/" + one.role;
  }
  for (size_t i = 0; i < found.gaps.size(); ++i) text += " ?";
  return text;
}

TEST(Listeners, OfAnApiServer) {
  EXPECT_EQ(Shown(Subject(ComponentKind::kApiServer,
                          {"--advertise-address=192.0.2.11", "--secure-port=8443"})),
            "192.0.2.11:8443/");
  EXPECT_EQ(Shown(Subject(ComponentKind::kApiServer, {"--bind-address=192.0.2.12"})),
            "192.0.2.12:6443/");
  EXPECT_EQ(Shown(Subject(ComponentKind::kApiServer)), "127.0.0.1:6443/");
  EXPECT_EQ(Shown(Subject(ComponentKind::kApiServer, {"--bind-address=::"})), "::1:6443/");
}

TEST(Listeners, OfControllers) {
  EXPECT_EQ(Shown(Subject(ComponentKind::kControllerManager, {"--bind-address=127.0.0.1"})),
            "127.0.0.1:10257/");
  EXPECT_EQ(Shown(Subject(ComponentKind::kScheduler, {"--secure-port=0"})), "");
}

TEST(Listeners, OfAKubeletAreAskedForWithoutItsVersionToo) {
  const std::string usual = "127.0.0.1:10250/ 127.0.0.1:10248/healthz 127.0.0.1:10255/read-only";
  EXPECT_EQ(Shown(Subject(ComponentKind::kKubelet)), usual);
  EXPECT_EQ(Shown(std::move(Subject(ComponentKind::kKubelet).NoVersion())), usual);
}

TEST(Listeners, OfEtcdAreItsUrls) {
  EXPECT_EQ(
      Shown(Subject(ComponentKind::kEtcd,
                    {"--listen-client-urls=https://127.0.0.1:2379,https://192.0.2.11:2379",
                     "--listen-peer-urls=https://[2001:db8::1]:2380",
                     "--listen-metrics-urls=http://127.0.0.1:2381,unixs://localhost:1"})),
      "127.0.0.1:2379/client 192.0.2.11:2379/client 2001:db8::1:2380/peer 127.0.0.1:2381/metrics");
  EXPECT_EQ(Shown(Subject(ComponentKind::kEtcd)), "localhost:2379/client localhost:2380/peer");
}

TEST(Listeners, OfAProxyAreAddressesWithPorts) {
  EXPECT_EQ(Shown(Subject(ComponentKind::kProxy, {"--metrics-bind-address=0.0.0.0:1234",
                                                  "--healthz-bind-address=192.0.2.1"})),
            "127.0.0.1:1234/metrics 192.0.2.1:10256/healthz");
}

TEST(Listeners, AnArgumentThatCannotBeKnownIsAGap) {
  Subject subject(ComponentKind::kApiServer, {"--secure-port=x"});
  subject.Unknown(0);
  EXPECT_NE(Shown(std::move(subject)).find('?'), std::string::npos);
}

TEST(Listeners, PortsOfOldAreAskedWhereTheNodeIsReached) {
  const auto old = [](ComponentKind kind, const std::vector<std::string>& arguments, bool live) {
    return Shown(Subject(kind, arguments), true, live);
  };
  EXPECT_EQ(old(ComponentKind::kApiServer, {"--advertise-address=192.0.2.11"}, false),
            "192.0.2.11:8080/insecure");
  EXPECT_EQ(old(ComponentKind::kScheduler, {}, false), "");
  EXPECT_EQ(old(ComponentKind::kScheduler, {}, true), "127.0.0.1:10251/insecure");
  EXPECT_EQ(old(ComponentKind::kControllerManager, {}, true), "127.0.0.1:10252/insecure");
  EXPECT_EQ(old(ComponentKind::kKubelet, {}, true), "127.0.0.1:4194/insecure");
  EXPECT_EQ(old(ComponentKind::kEtcd, {"--listen-metrics-urls=http://127.0.0.1:2381"}, true),
            "127.0.0.1:4001/insecure");
}

TEST(Listeners, PortsTellWhoIsUsualThere) {
  EXPECT_EQ(UseOfPort(10255).component, "kubelet");
  EXPECT_EQ(UseOfPort(10255).role, "read-only");
  EXPECT_EQ(UseOfPort(2380).role, "peer");
  EXPECT_EQ(UseOfPort(443).component, "");
}

}  // namespace
}  // namespace seawall::cluster
