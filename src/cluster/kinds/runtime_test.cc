#include "cluster/kinds/runtime.h"

#include <gtest/gtest.h>

#include "cluster/kinds/toml.h"

namespace seawall::cluster::kinds {
namespace {

TEST(Toml, ReadsWhatRuntimesWrite) {
  const auto values = ReadToml(
      "# c\nversion = 3\n[grpc]\n  address = \"/run/c.sock\" # x\n  tcp_address = '0.0.0.0:1'\n"
      "[plugins.'io.containerd.grpc.v1.cri']\nlist = [\n \"a\", # one\n 'b',\n]\n"
      "[plugins.\"x\".y]\nt = { a = 1, b.c = \"\\u00e9\\n\" }\nm = \"\"\"\nl1\nl2\"\"\"\n[[s]]\nn "
      "= true\n",
      "f");
  ASSERT_TRUE(values.has_value()) << values.error().ToString();
  EXPECT_EQ(Find(*values, {"version"})->text(), "3");
  EXPECT_EQ(Find(*values, {"grpc", "tcp_address"})->text(), "0.0.0.0:1");
  EXPECT_EQ(Find(*values, {"grpc", "tcp_address"})->place.line, 5u);
  EXPECT_EQ(Find(*values, {"grpc", "tcp_address"})->place.column, 17u);
  EXPECT_EQ(Find(*values, {"plugins", "io.containerd.grpc.v1.cri", "list"})->values.size(), 2u);
  EXPECT_EQ(Find(*values, {"plugins", "x", "y", "t", "b", "c"})->text(), "\xC3\xA9\n");
  EXPECT_EQ(Find(*values, {"plugins", "x", "y", "m"})->text(), "l1\nl2");
  EXPECT_EQ(Find(*values, {"none"}), nullptr);
}

TEST(Toml, RefusesWhatIsNone) {
  for (const std::string bad : {"a", "a =", "a = \"x", "[a", "a = [1", "a = {b = 1", "a = 1 b = 2",
                                "= 1", "a = \"\\q\"", "a = \"\\ud800\"", "a.= 1"}) {
    EXPECT_FALSE(ReadToml(bad, "f").has_value()) << bad;
  }
  EXPECT_FALSE(ReadToml(std::string("a = 1\0", 6), "f").has_value());
  EXPECT_FALSE(ReadToml("a = \"\xff\"", "f").has_value());
  EXPECT_FALSE(ReadToml("a = " + std::string(100000, '['), "f").has_value());
  std::string deep = "a = ";
  for (int i = 0; i < 10000; ++i) deep += "{a = ";
  EXPECT_FALSE(ReadToml(deep, "f").has_value());
}

TEST(Runtimes, ListenersOnTcpAreFound) {
  Node node;
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/containerd/config.toml",
             "[grpc]\ntcp_address = \"0.0.0.0:9999\"\n[plugins.\"io.containerd.grpc.v1.cri\"]\n"
             "stream_server_address = \"127.0.0.1\"\nstream_server_port = \"0\"\n");
  files->Add("/etc/docker/daemon.json",
             "{\"hosts\": [\"unix:///var/run/docker.sock\", \"tcp://0.0.0.0:2375\"]}");
  files->Add("/etc/crio/crio.conf.d/10.conf", "[crio.api]\nstream_address = \"0.0.0.0\"\n");
  node.files = files;
  const auto runtimes = ReadRuntimes(node);
  ASSERT_EQ(runtimes.size(), 3u);
  ASSERT_EQ(runtimes[0]->listeners.size(), 1u);
  EXPECT_TRUE(runtimes[0]->listeners[0].api);
  EXPECT_EQ(runtimes[0]->listeners[0].place.line, 2u);
  ASSERT_EQ(runtimes[1]->listeners.size(), 1u);
  EXPECT_FALSE(runtimes[1]->listeners[0].api);
  ASSERT_EQ(runtimes[2]->listeners.size(), 1u);
  EXPECT_EQ(runtimes[2]->listeners[0].address, "0.0.0.0:2375");
  EXPECT_FALSE(runtimes[2]->listeners[0].verified_tls);
}

TEST(Runtimes, BrokenFilesAreErrors) {
  Node node;
  auto files = std::make_shared<MemoryFiles>();
  files->Add("/etc/containerd/config.toml", "[grpc\n");
  node.files = files;
  const auto runtimes = ReadRuntimes(node);
  ASSERT_EQ(runtimes.size(), 1u);
  EXPECT_FALSE(runtimes[0].has_value());
}

}  // namespace
}  // namespace seawall::cluster::kinds
