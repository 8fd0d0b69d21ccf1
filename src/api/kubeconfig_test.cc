#include <gtest/gtest.h>

#include "api/access.h"

namespace seawall::api {
namespace {

constexpr const char* kOne = R"(apiVersion: v1
kind: Config
current-context: a
clusters:
- name: c
  cluster: {server: 'https://192.0.2.1:6443/k8s/', certificate-authority: pki/ca.crt, tls-server-name: api.test}
users:
- name: u
  user: {token: ' secret-token '}
contexts:
- name: a
  context: {cluster: c, user: u}
- name: b
  context: {cluster: c2, user: u2}
)";

constexpr const char* kTwo = R"(
current-context: b
clusters:
- name: c2
  cluster: {server: 'https://[2001:db8::1]'}
- name: c
  cluster: {server: 'https://other.example'}
users:
- name: u2
  user: {client-certificate-data: Y2VydA==, client-key: key.pem, tokenFile: token, as: jane, as-groups: [dev, ops]}
)";

class Kubeconfig : public ::testing::Test {
 protected:
  Kubeconfig() {
    files.Add("/home/u/one", kOne);
    files.Add("/home/u/pki/ca.crt", "the CA");
    files.Add("/home/v/two", kTwo);
    files.Add("/home/v/key.pem", "the key");
    environment.home = "/home/u";
    environment.folder = "/home/u";
  }
  Result<Access> Read(const std::string& file, const std::string& context = "") {
    return ReadAccess({.kubeconfig = file, .context = context, .in_cluster = false}, environment,
                      files);
  }
  /// The error of a kubeconfig whose one cluster and user have these lines.
  std::string ErrorOf(const std::string& cluster, const std::string& user) {
    files.Add("/x", "current-context: x\nclusters: [{name: c, cluster: {" + cluster +
                        "}}]\nusers: [{name: u, user: {" + user +
                        "}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n");
    const auto access = Read("/x");
    return access ? "" : access.error().ToString();
  }
  MemoryFiles files;
  Environment environment;
};

TEST_F(Kubeconfig, AFileThatWasNamed) {
  const auto access = Read("one");
  ASSERT_TRUE(access) << access.error().ToString();
  EXPECT_EQ(access->server.HostPort(), "192.0.2.1:6443");
  EXPECT_EQ(access->server.path, "/k8s");
  EXPECT_EQ(access->ca, "the CA");
  EXPECT_EQ(access->tls_server_name, "api.test");
  EXPECT_EQ(access->token.view(), "secret-token");
  EXPECT_EQ(access->context, "a");
  EXPECT_EQ(access->source, "kubeconfig /home/u/one, context a");
  EXPECT_TRUE(access->warnings.empty());
}

TEST_F(Kubeconfig, SeveralAreMergedAndTheFirstCounts) {
  environment.kubeconfig = "/home/u/missing::/home/u/one:/home/v/two";
  auto access = Read("");
  ASSERT_TRUE(access) << access.error().ToString();
  EXPECT_EQ(access->context, "a");
  EXPECT_EQ(access->server.host, "192.0.2.1");
  access = Read("", "b");
  ASSERT_TRUE(access) << access.error().ToString();
  EXPECT_EQ(access->server.HostPort(), "[2001:db8::1]:443");
  EXPECT_EQ(access->certificate, "cert");
  EXPECT_EQ(access->key.view(), "the key");
  EXPECT_EQ(access->token_file, "/home/v/token");
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"Impersonate-User", "jane"}, {"Impersonate-Group", "dev"}, {"Impersonate-Group", "ops"}};
  EXPECT_EQ(access->headers, headers);
}

TEST_F(Kubeconfig, WithoutAnyTheOneAtHomeIsTaken) {
  EXPECT_EQ(Read("").error().code, ErrorCode::kNotFound);
  files.Add("/home/u/.kube/config", kTwo);
  EXPECT_EQ(Read("", "b").error().code, ErrorCode::kUnsupported) << "it has no context b";
  files.Add("/home/u/.kube/config", kOne);
  files.Add("/home/u/.kube/pki/ca.crt", "x");
  EXPECT_TRUE(Read(""));
}

TEST_F(Kubeconfig, AContextThatIsNotThereIsToldWithThoseThatAre) {
  const auto access = Read("one", "prod");
  ASSERT_FALSE(access);
  EXPECT_NE(access.error().ToString().find("its contexts: a, b"), std::string::npos)
      << access.error().ToString();
  EXPECT_FALSE(Read("one", "b"));  // its cluster is in the other file
}

TEST_F(Kubeconfig, WhatCannotBeUsedIsRefused) {
  const std::string server = "server: 'https://h:1'";
  EXPECT_EQ(ErrorOf(server, "token: t"), "");
  for (const auto& [cluster, user, word] : std::vector<std::array<std::string, 3>>{
           {server, "username: u, password: hunter2", "password"},
           {server, "auth-provider: {name: gcp}", "auth-provider"},
           {server, "client-certificate-data: Y2VydA==", "only one"},
           {server, "client-certificate-data: '%%%', client-key-data: YQ==", "base64"},
           {server, "client-certificate: /none, client-key: /none", "/none"},
           {"server: 'ftp://h'", "token: t", "no address"},
           {"server: 'https://h:99999'", "token: t", "no address"},
           {"server: 'https://u:p@h'", "token: t", "no address"},
           {"server: \"https://h\\r\\nX: y\"", "token: t", "no address"},
           {"server: 'http://h:1'", "token: t", "in the clear"},
           {server + ", insecure-skip-tls-verify: true, certificate-authority-data: YQ==",
            "token: t", "both"},
           {server + ", proxy-url: 'socks5://p:1080'", "token: t", "proxy-url"},
           {server, "exec: {command: p, apiVersion: client.authentication.k8s.io/v1alpha1}", "v1"},
           {server,
            "exec: {command: p, apiVersion: client.authentication.k8s.io/v1, interactiveMode: "
            "Always}",
            "person"},
       }) {
    const std::string error = ErrorOf(cluster, user);
    EXPECT_NE(error.find(word), std::string::npos) << cluster << " " << user << ": " << error;
    EXPECT_EQ(error.find("hunter2"), std::string::npos);
  }
}

TEST_F(Kubeconfig, WhatIsDangerousIsSaid) {
  EXPECT_EQ(ErrorOf("server: 'https://h:1', insecure-skip-tls-verify: true", "token: t"), "");
  const auto access = Read("/x");
  ASSERT_TRUE(access);
  ASSERT_EQ(access->warnings.size(), 1u);
  EXPECT_NE(access->warnings[0].find("insecure-skip-tls-verify"), std::string::npos);
  EXPECT_EQ(ErrorOf("server: 'http://127.0.0.1:8001'", ""), "");
  EXPECT_EQ(Read("/x")->warnings.size(), 1u);
}

TEST_F(Kubeconfig, AProgramIsOnlyTakenFromAFileThatWasNamed) {
  const std::string exec =
      "exec: {command: bin/login, args: [a, b], env: [{name: K, value: V}], apiVersion: "
      "client.authentication.k8s.io/v1, provideClusterInfo: true}";
  EXPECT_EQ(ErrorOf("server: 'https://h:1'", exec), "");
  const auto access = Read("/x");
  ASSERT_TRUE(access && access->exec);
  EXPECT_EQ(access->exec->command, "/bin/login");
  EXPECT_EQ(access->exec->arguments, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(access->exec->cluster_info);
  environment.kubeconfig = "/x";
  const auto unnamed = Read("");
  ASSERT_FALSE(unnamed);
  EXPECT_NE(unnamed.error().todo.find("--kubeconfig"), std::string::npos);
}

TEST_F(Kubeconfig, ProxiesOfHttp) {
  EXPECT_EQ(ErrorOf("server: 'https://h:1', proxy-url: 'http://me:pass@p.test:3128'", "token: t"),
            "");
  const auto access = Read("/x");
  ASSERT_TRUE(access && access->proxy);
  EXPECT_EQ(access->proxy->host, "p.test");
  EXPECT_EQ(access->proxy->port, 3128);
  EXPECT_EQ(access->proxy->authorization.view(), "Basic bWU6cGFzcw==");
  // As Go's client sends it: without the percent signs of a URL, with a colon in any case.
  EXPECT_EQ(
      ErrorOf("server: 'https://h:1', proxy-url: 'http://me:p%40ss%@p.test:3128'", "token: t"), "");
  EXPECT_EQ(Read("/x")->proxy->authorization.view(), "Basic bWU6cEBzcyU=");  // me:p@ss%
  EXPECT_EQ(ErrorOf("server: 'https://h:1', proxy-url: 'http://me@p.test:3128'", "token: t"), "");
  EXPECT_EQ(Read("/x")->proxy->authorization.view(), "Basic bWU6");
}

TEST_F(Kubeconfig, APodsServiceAccount) {
  EXPECT_FALSE(
      ReadAccess({.kubeconfig = "", .context = "", .in_cluster = true}, environment, files));
  environment.service_host = "2001:db8::1";
  environment.service_port = "443";
  files.Add("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt", "CA");
  files.Add("/var/run/secrets/kubernetes.io/serviceaccount/token", "t");
  const auto access =
      ReadAccess({.kubeconfig = "", .context = "", .in_cluster = true}, environment, files);
  ASSERT_TRUE(access) << access.error().ToString();
  EXPECT_EQ(access->server.HostPort(), "[2001:db8::1]:443");
  EXPECT_EQ(access->token_file, "/var/run/secrets/kubernetes.io/serviceaccount/token");
}

TEST_F(Kubeconfig, HostileFilesAreErrors) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  for (const std::string& text :
       {std::string("\0\xff\xfe", 3), deep, std::string("- 1\n- 2\n"), std::string("kind: Pod\n"),
        std::string(""), std::string("clusters: 3\nusers: {}\ncurrent-context: [1]\n"),
        std::string("current-context: x\ncontexts: [{name: x}]\n"), std::string(5 << 20, 'a')}) {
    files.Add("/hostile", text);
    EXPECT_FALSE(Read("/hostile")) << text.substr(0, 40);
  }
}

TEST(Address, WhatIsOne) {
  const auto address = ParseAddress("HTTPS://h.test/a/b//");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->port, 443);
  EXPECT_EQ(address->path, "/a/b");
  for (const char* bad : {"", "h:1", "https://", "https://:1", "https://[::1", "https://[::1]x",
                          "https://::1", "https://h:0", "https://h?x", "https://h\n"})
    EXPECT_FALSE(ParseAddress(bad)) << bad;
}

}  // namespace
}  // namespace seawall::api
