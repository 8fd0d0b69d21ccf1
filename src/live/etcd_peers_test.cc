#include "live/etcd_peers.h"

#include <gtest/gtest.h>

namespace seawall::live {
namespace {

TEST(ActivePeers, AreThoseThatAreConnectedNow) {
  constexpr const char* kMetrics =
      "# TYPE etcd_network_active_peers gauge\n"
      "etcd_network_active_peers{Local=\"a46b\",Remote=\"7986\"} 1\n"
      "etcd_network_active_peers{Local=\"a46b\",Remote=\"7d44\"} 0\n"
      "etcd_network_active_peers{Local=\"a46b\"} 1\n"
      "etcd_network_active_peers{Remote=\"7d44\n"
      "etcd_network_disconnected_peers_total{Local=\"a46b\",Remote=\"7d44\"} 2\n";
  EXPECT_EQ(ActivePeers(kMetrics), std::set<std::string>{"7986"});
  EXPECT_TRUE(ActivePeers("").empty());
  EXPECT_TRUE(ActivePeers("<html>").empty());
}

}  // namespace
}  // namespace seawall::live
