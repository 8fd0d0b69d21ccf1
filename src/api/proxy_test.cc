// Which proxy leads to an API server: as Go's net/http decides it (each row was asked of Go too).
#include "api/proxy.h"

#include <gtest/gtest.h>

namespace seawall::api {
namespace {

TEST(Proxy, NoProxyAsGoReadsIt) {
  struct Row {
    const char* server;
    const char* none;
    bool proxied;
  };
  constexpr Row kRows[] = {
      {"https://api.test:6443", "", true},
      {"https://api.test:6443", "*", false},
      {"https://api.test:6443", " other.test , * ,", false},
      {"https://api.test:6443", "*:6443", true},
      {"https://localhost:6443", "", false},
      {"https://127.8.0.1:6443", "", false},
      {"https://[::1]:6443", "", false},
      {"https://[::ffff:127.0.0.1]:6443", "", false},
      {"https://128.0.0.1:6443", "", true},
      {"https://api.test:6443", "api.test", false},
      {"https://API.test:6443", "api.TEST", false},
      {"https://api.test:6443", "test", false},
      {"https://api.test:6443", "pi.test", true},
      {"https://api.test:6443", ".api.test", true},
      {"https://a.api.test:6443", ".api.test", false},
      {"https://a.api.test:6443", "*.api.test", false},
      {"https://api.test:6443", "*.api.test", true},
      {"https://api.test:6443", "api.test:6443", false},
      {"https://api.test:6443", "api.test:443", true},
      {"https://api.test", "api.test:443", false},
      {"https://api.test:6443", ".test:6443", false},
      {"https://api.test:6443", ":6443", true},
      {"https://api.test:6443", "api.test other.test", true},
      {"https://192.0.2.7:6443", "192.0.2.0/24", false},
      {"https://192.0.3.7:6443", "192.0.2.0/24", true},
      {"https://192.0.2.7:6443", "192.0.2.7", false},
      {"https://192.0.2.7:6443", "192.0.2.7:6443", false},
      {"https://192.0.2.7:6443", "192.0.2.7:443", true},
      {"https://192.0.2.7:6443", "2.7", true},
      {"https://192.0.2.7:6443", "192.0.2.0/33", true},
      {"https://192.0.2.7:6443", "0.0.0.0/0", false},
      {"https://192.0.2.7:6443", "::/0", true},
      {"https://192.0.2.7:6443", "::ffff:192.0.2.0/120", false},
      {"https://[::ffff:192.0.2.7]:6443", "192.0.2.7", false},
      {"https://[2001:db8::7]:6443", "2001:db8::/32", false},
      {"https://[2001:db9::7]:6443", "2001:db8::/32", true},
      {"https://[2001:db8::7]:6443", "2001:DB8:0::7", false},
      {"https://[2001:db8::7]:6443", "[2001:db8::7]:6443", false},
      {"https://[2001:db8::7]:6443", "[2001:db8::7]", true},
      {"https://[2001:db8::7]:6443", "0.0.0.0/0", true},
  };
  for (const Row& row : kRows)
    EXPECT_EQ(NeedsProxy(*ParseAddress(row.server), row.none), row.proxied)
        << row.server << " NO_PROXY=" << row.none;
}

class ProxyOfVariables : public ::testing::Test {
 protected:
  /// A kubeconfig whose cluster has these lines, read with the variables.
  Result<Access> Read(const std::string& cluster) {
    files.Add("/x", "current-context: x\nclusters: [{name: c, cluster: {" + cluster +
                        "}}]\ncontexts: [{name: x, context: {cluster: c, user: ''}}]\n");
    return ReadAccess({.kubeconfig = "/x", .context = "", .in_cluster = false}, environment, files);
  }
  /// "HOST:PORT", "" for none.
  std::string ProxyOf(const std::string& cluster) {
    const auto access = Read(cluster);
    if (!access) return access.error().ToString();
    return access->proxy ? access->proxy->host + ":" + std::to_string(access->proxy->port) : "";
  }
  MemoryFiles files;
  Environment environment;
  const std::string server = "server: 'https://api.test:6443'";
};

TEST_F(ProxyOfVariables, ByTheSchemeOfTheServer) {
  environment.proxies = {.https = {"HTTPS_PROXY", "http://s.test:1"},
                         .http = {"http_proxy", "http://h.test:2"},
                         .none = {"NO_PROXY", "direct.test"}};
  EXPECT_EQ(ProxyOf(server), "s.test:1");
  EXPECT_EQ(Read(server)->proxy->source, "HTTPS_PROXY");
  EXPECT_EQ(ProxyOf("server: 'http://api.test'"), "h.test:2");
  EXPECT_EQ(ProxyOf("server: 'https://direct.test'"), "");
  EXPECT_EQ(ProxyOf("server: 'https://127.0.0.1:6443'"), "");
  EXPECT_EQ(ProxyOf("server: 'https://direct.test', proxy-url: 'http://own.test:3'"), "own.test:3")
      << "the kubeconfig's own wins, over NO_PROXY too";
  environment.proxies.https = {};
  EXPECT_EQ(ProxyOf(server), "");
}

TEST_F(ProxyOfVariables, APodsToo) {
  environment.proxies.https = {"https_proxy", "s.test:1"};
  environment.service_host = "192.0.2.1";
  environment.service_port = "443";
  files.Add("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", "CA");
  files.Add("/var/run/secrets/kubernetes.io/serviceaccount/token", "t");
  const auto access =
      ReadAccess({.kubeconfig = "", .context = "", .in_cluster = true}, environment, files);
  ASSERT_TRUE(access && access->proxy);
  EXPECT_EQ(access->proxy->host, "s.test");
}

TEST_F(ProxyOfVariables, FormsOfTheValue) {
  for (const auto& [value, proxy] : std::vector<std::pair<std::string, std::string>>{
           {"http://p.test", "p.test:80"},
           {"HTTP://p.test:3128/", "p.test:3128"},
           {"p.test:3128", "p.test:3128"},
           {"p.test", "p.test:80"},
           {"me:secret@p.test:3128", "p.test:3128"},
           {"http://[2001:db8::1]:3128", "2001:db8::1:3128"}}) {
    environment.proxies.https = {"HTTPS_PROXY", value};
    EXPECT_EQ(ProxyOf(server), proxy) << value;
  }
  EXPECT_EQ(ReadProxy("http://me:p%40ss@p.test", "")->authorization.view(), "Basic bWU6cEBzcw==");
}

TEST_F(ProxyOfVariables, WhatCannotBeUsedIsSaidWithoutItsPassword) {
  for (const std::string value : {"https://me:hunter2@p.test", "socks5://me:hunter2@p.test:1080",
                                  "http://me:hunter2@:80", "http://me:hunter2@p.test:99999",
                                  "me:hunter2@p.test:x", "http://me:hunter2@p.test\r\nX: y"}) {
    environment.proxies.https = {"https_proxy", value};
    const std::string error = ProxyOf(server);
    EXPECT_NE(error.find("https_proxy"), std::string::npos) << value << ": " << error;
    EXPECT_NE(error.find("NO_PROXY"), std::string::npos) << value << ": " << error;
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
    EXPECT_EQ(ProxyOf("server: 'https://127.0.0.1:6443'"), "") << "nobody needs it there";
  }
}

}  // namespace
}  // namespace seawall::api
