#include "api/client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "api/exec_plugin.h"
#include "api/test_server.h"

namespace seawall::api {
namespace {

using testing::Answer;
using testing::Asked;
using testing::IssueCa;
using testing::IssueLeaf;
using testing::Json;
using testing::kForever;
using testing::Status;
using testing::TestServer;

constexpr const char* kToken = "canary-token-7f3a";

std::unique_ptr<ApiClient> Open(Access access, ClientOptions options = {}) {
  options.timeout_ms = 3000;
  auto client = ApiClient::Open(std::move(access), options);
  EXPECT_TRUE(client) << client.error().ToString();
  return client ? std::move(*client) : nullptr;
}

/// The error of asking once; "" when there is an answer.
std::string ErrorOf(const TestServer& server, ClientOptions options = {}, bool token = true) {
  Access access = server.Stranger();
  if (token) access.token = Secret(kToken);
  const auto response = Open(std::move(access), options)->Get("/version");
  return response ? "" : response.error().ToString();
}

class Script {
 public:
  explicit Script(const std::string& text) {
    char name[] = "/tmp/seawall-plugin-XXXXXX";
    const int fd = mkstemp(name);
    path_ = name;
    EXPECT_EQ(write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    fchmod(fd, 0755);
    close(fd);
  }
  ~Script() { unlink(path_.c_str()); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(ApiClient, OneConnectionForAllRequests) {
  TestServer server(
      [](const Asked& asked) { return Json("{\"path\": \"" + asked.target + "\"}"); });
  Access access = server.Stranger();
  access.server.path = "/prefix";
  access.token = Secret(kToken);
  access.headers = {{"Impersonate-User", "jane"}};
  const auto client = Open(std::move(access));
  for (int i = 0; i < 3; ++i) {
    const auto object = client->Object("/version");
    ASSERT_TRUE(object) << object.error().ToString();
    EXPECT_EQ(object->root()["path"].text(), "/prefix/version");
  }
  EXPECT_EQ(server.connections(), 1);
  const Asked asked = server.asked().at(0);
  EXPECT_TRUE(asked.Has("Authorization: Bearer canary-token-7f3a\r\n")) << asked.head;
  EXPECT_TRUE(asked.Has("Impersonate-User: jane\r\n"));
  EXPECT_TRUE(asked.Has(fmt::format("Host: 127.0.0.1:{}\r\n", server.port())));
}

TEST(ApiClient, ClientCertificatesAreShown) {
  TestServer server([](const Asked&) { return Json("{}"); });
  const auto pair = IssueLeaf(server.ca(), "jane");
  Access access = server.Stranger();
  access.certificate = pair.certificate;
  access.key = Secret(pair.private_key);
  ASSERT_TRUE(Open(access)->Get("/"));
  EXPECT_EQ(server.asked().at(0).client, "jane");
  access.key = Secret(IssueLeaf(server.ca(), "joe").private_key);
  const auto other = ApiClient::Open(access);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().why.find("does not belong"), std::string::npos) << other.error().why;
  access.key = Secret("no key");
  EXPECT_FALSE(ApiClient::Open(access));
  access.ca = "no CA";
  EXPECT_FALSE(ApiClient::Open(access));
}

TEST(ApiClient, ServersThatAreNotTrustedAreShownNothing) {
  TestServer server([](const Asked&) { return Json("{}"); });
  Access access = server.Stranger();
  access.token = Secret(kToken);
  access.ca = IssueCa("another CA").certificate;
  auto response = Open(access)->Get("/");
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().why.find("not trusted"), std::string::npos) << response.error().why;
  EXPECT_NE(response.error().where.find("127.0.0.1:"), std::string::npos);
  access.ca = server.ca().certificate;
  access.tls_server_name = "other.test";
  EXPECT_FALSE(Open(access)->Get("/"));
  EXPECT_TRUE(server.asked().empty());
  access.ca.clear();
  access.insecure = true;
  EXPECT_TRUE(Open(access)->Get("/"));
}

TEST(ApiClient, TheNameToExpectMayBeAnother) {
  TestServer server([](const Asked&) { return Json("{}"); }, true, "DNS:api.test");
  Access access = server.Stranger();
  EXPECT_FALSE(Open(access)->Get("/"));
  access.tls_server_name = "api.test";
  EXPECT_TRUE(Open(access)->Get("/"));
}

TEST(ApiClient, ATokensFileIsReadAnew) {
  TestServer server([](const Asked&) { return Json("{}"); });
  const Script file("first\n");
  Access access = server.Stranger();
  access.token_file = file.path();
  access.token = Secret("fallback");
  const auto client = Open(std::move(access));
  ASSERT_TRUE(client->Get("/"));
  std::ofstream(file.path()) << "second";
  ASSERT_TRUE(client->Get("/"));
  EXPECT_TRUE(server.asked().at(0).Has("Bearer first\r\n"));
  EXPECT_TRUE(server.asked().at(1).Has("Bearer second\r\n"));
}

TEST(ApiClient, WithoutTheTokenThatItShallShowItAsksNothing) {
  TestServer server([](const Asked&) { return Json("{}"); });
  Access access = server.Stranger();
  access.token_file = "/no/such/token";
  EXPECT_FALSE(Open(access)->Get("/")) << "and not as nobody";
  EXPECT_TRUE(server.asked().empty());
}

TEST(ApiClient, WhatWouldBreakTheRequestIsRefused) {
  TestServer server([](const Asked&) { return Json("{}"); });
  Access access = server.Stranger();
  access.token = Secret("a\r\nX-Evil: b");
  EXPECT_FALSE(Open(access)->Get("/"));
  access.token = Secret();
  EXPECT_FALSE(Open(access)->Get("/a b"));
  EXPECT_FALSE(Open(access)->Get("/a\r\nX: y"));
  access.headers = {{"Impersonate-User", "a\nb"}};
  EXPECT_FALSE(ApiClient::Open(access));
}

TEST(ApiClient, StatusesAreErrorsWithTheServersWords) {
  int status = 403;
  TestServer server(
      [&](const Asked&) { return Status(status, "nodes is forbidden: User \\\"jane\\\""); });
  const auto client = Open(server.Stranger());
  auto object = client->Object("/api/v1/nodes?limit=1");
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, ErrorCode::kPermission);
  EXPECT_NE(object.error().ToString().find("nodes is forbidden: User \"jane\""), std::string::npos);
  EXPECT_NE(object.error().ToString().find("/api/v1/nodes"), std::string::npos);
  for (const auto& [code, expected] : {std::pair{401, ErrorCode::kPermission},
                                       {404, ErrorCode::kNotFound},
                                       {500, ErrorCode::kIo},
                                       {302, ErrorCode::kIo}}) {
    status = code;
    EXPECT_EQ(client->Object("/x").error().code, expected) << code;
  }
}

TEST(ApiClient, LaterIsObeyedWithinBounds) {
  std::atomic<int> count = 0;
  std::string answer = Answer(429, "{}", "Retry-After: 0\r\n");
  TestServer server([&](const Asked&) { return ++count % 3 == 0 ? Json("{}") : answer; });
  const auto client = Open(server.Stranger());
  EXPECT_EQ(client->Get("/")->status, 200);
  EXPECT_EQ(count, 3);
  answer = Answer(503, "{}", "Retry-After: 0\r\n");
  EXPECT_EQ(client->Get("/")->status, 200);
  count = 0;
  answer = Answer(429, "{}", "Retry-After: 3600\r\n");
  EXPECT_EQ(client->Get("/")->status, 429) << "nobody waits for an hour";
  EXPECT_EQ(count, 1);
  count = 0;
  answer = Answer(503, "{}");
  EXPECT_EQ(client->Get("/")->status, 503) << "without a word about when";
  const auto post = client->Send({.method = "POST", .path = "/"});
  ASSERT_TRUE(post);
  EXPECT_EQ(count, 2) << "only what changes nothing is sent again";
}

TEST(ApiClient, AClosedConnectionIsOpenedAgain) {
  std::atomic<int> count = 0;
  TestServer server([&](const Asked&) { return ++count == 2 ? std::string() : Json("{}"); });
  const auto client = Open(server.Stranger());
  ASSERT_TRUE(client->Get("/"));
  EXPECT_TRUE(client->Get("/"));
  EXPECT_EQ(server.connections(), 2);
}

TEST(ApiClient, BodiesOfEveryLength) {
  std::string answer;
  TestServer server([&](const Asked&) { return answer; });
  const auto client = Open(server.Stranger());
  answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{\"a\":\r\n3\r\n 1}\r\n0\r\n"
      "Trailer: x\r\n\r\n";
  EXPECT_EQ(client->Get("/")->body, "{\"a\": 1}");
  answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 2\n\n{}";
  EXPECT_EQ(client->Get("/")->body, "{}");
  answer = "HTTP/1.1 204 None\r\n\r\n";
  EXPECT_EQ(client->Get("/")->status, 204);
  EXPECT_EQ(server.connections(), 1);
  answer = "HTTP/1.0 200 OK\r\nX: Connection: close\r\n\r\nuntil the end";
  EXPECT_EQ(client->Get("/")->body, "until the end");
}

TEST(ApiClient, HostileAnswersAreErrors) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  ClientOptions options;
  options.most = 100'000;
  const std::vector<std::string> answers = {
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 abc\r\n\r\n",
      std::string("\0\0\x12\x04", 4) + std::string(100, '\0') + "\n",
      ok + "no field\r\n\r\n",
      ok + "Content-Length: -1\r\n\r\n",
      ok + "Content-Length: 1e3\r\n\r\n",
      ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      ok + "Content-Length: 99999999999999999999\r\n\r\n",
      ok + "Content-Length: 200000\r\n\r\n",
      ok + "Transfer-Encoding: gzip\r\n\r\n",
      ok + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na",
      ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
      ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
      ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
      ok + "Content-Length: 9\r\nConnection: close\r\n\r\nshort",
      ok + "X: " + std::string(70'000, 'a'),
      "a" + std::string(kForever),
      ok + "Content-Type: x\r\n\r\na" + std::string(kForever),
      ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n" + std::string(kForever),
      "HTTP/1.1 100 Continue\r\n\r\n" + std::string(kForever),
      ok + "Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\nsmuggled",
  };
  for (const std::string& answer : answers) {
    TestServer server([&](const Asked&) { return answer; });
    const std::string error = ErrorOf(server, options);
    EXPECT_NE(error, "") << answer.substr(0, 80);
    EXPECT_EQ(error.find(kToken), std::string::npos);
  }
}

TEST(ApiClient, SilenceHasAnEnd) {
  TestServer server([](const Asked&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return Json("{}");
  });
  ClientOptions options;
  options.timeout_ms = 200;
  auto client = ApiClient::Open(server.Stranger(), options);
  ASSERT_TRUE(client);
  const auto response = (*client)->Get("/");
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().why.find("time"), std::string::npos) << response.error().why;
}

TEST(ApiClient, NobodyThere) {
  Access access;
  access.server.host = "127.0.0.1";
  access.server.port = 1;
  const auto response = Open(access)->Get("/");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().where, "127.0.0.1:1");
  EXPECT_NE(response.error().todo, "");
  access.server.host = "no-such-host.invalid";
  EXPECT_FALSE(Open(access)->Get("/"));
}

TEST(ApiClient, ThroughAProxy) {
  std::string answer = "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n";
  TestServer proxy([&](const Asked&) { return answer; }, false);
  Access access;
  access.server.host = "api.test";
  access.server.port = 6443;
  access.token = Secret(kToken);
  access.proxy = Proxy{"127.0.0.1", proxy.port(), Secret("Basic abc"), "HTTPS_PROXY"};
  auto response = Open(access)->Get("/");
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().why.find("407"), std::string::npos) << response.error().why;
  EXPECT_EQ(response.error().todo, "look at HTTPS_PROXY");
  const Asked asked = proxy.asked().at(0);
  EXPECT_EQ(asked.method, "CONNECT");
  EXPECT_EQ(asked.target, "api.test:6443");
  EXPECT_TRUE(asked.Has("Proxy-Authorization: Basic abc\r\n"));
  EXPECT_FALSE(asked.Has(kToken));
  answer = "HTTP/1.1 200 OK\r\n\r\nmore than it should";
  EXPECT_FALSE(Open(access)->Get("/"));
}

TEST(ApiClient, AProxyIsHandedTheRequestItselfInTheClear) {
  TestServer proxy([](const Asked&) { return Json("{}"); }, false);
  Access access;
  access.server = *ParseAddress("http://api.test:8080/k8s");
  access.proxy = Proxy{"127.0.0.1", proxy.port(), Secret("Basic abc"), "HTTP_PROXY"};
  ASSERT_TRUE(Open(access)->Get("/version"));
  const Asked asked = proxy.asked().at(0);
  EXPECT_EQ(asked.target, "http://api.test:8080/k8s/version");
  EXPECT_TRUE(asked.Has("Proxy-Authorization: Basic abc\r\n"));
}

TEST(ApiClient, AProxyThatIsNotThereIsNotTakenForTheServer) {
  Access access;
  access.server = *ParseAddress("https://api.test:6443");
  access.proxy = Proxy{"127.0.0.1", 1, Secret(), "https_proxy"};
  const auto response = Open(access)->Get("/");
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().why.find("the proxy 127.0.0.1:1"), std::string::npos)
      << response.error().why;
  EXPECT_EQ(response.error().todo, "look at https_proxy");
}

// ---- lists

std::string Page(const std::string& items, const std::string& next) {
  return R"({"kind":"NodeList","apiVersion":"v1","metadata":{"continue":")" + next +
         R"("},"items":[)" + items + "]}";
}

struct Listed {
  Result<void> result;
  std::vector<std::string> names;
  int restarts = 0;
};
Listed ListAll(const TestServer& server, const ListRequest& request = {.path = "/api/v1/nodes"}) {
  Listed listed;
  const auto client = Open(server.Stranger());
  listed.result = client->List(
      request,
      [&](const yaml::Value& item) { listed.names.push_back(item["metadata"]["name"].text()); },
      [&] {
        listed.names.clear();
        ++listed.restarts;
      });
  return listed;
}
std::string Item(const std::string& name) { return R"({"metadata":{"name":")" + name + "\"}}"; }

TEST(Lists, PageByPage) {
  TestServer server([](const Asked& asked) {
    if (asked.target == "/api/v1/nodes?limit=100&fieldSelector=a")
      return Json(Page(Item("a") + "," + Item("b"), "x/y=="));
    if (asked.target == "/api/v1/nodes?limit=100&fieldSelector=a&continue=x%2Fy%3D%3D")
      return Json(Page(Item("c"), ""));
    return Status(400, "what?");
  });
  const Listed listed = ListAll(server, {.path = "/api/v1/nodes", .selector = "fieldSelector=a"});
  ASSERT_TRUE(listed.result) << listed.result.error().ToString();
  EXPECT_EQ(listed.names, (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Lists, BeginAnewWhenTheirStateExpires) {
  std::atomic<int> gone = 1;
  TestServer server([&](const Asked& asked) {
    if (asked.target.find("continue") == std::string::npos) return Json(Page(Item("a"), "n"));
    return gone-- > 0 ? Status(410, "expired") : Json(Page(Item("b"), ""));
  });
  Listed listed = ListAll(server);
  ASSERT_TRUE(listed.result) << listed.result.error().ToString();
  EXPECT_EQ(listed.restarts, 1);
  EXPECT_EQ(listed.names, (std::vector<std::string>{"a", "b"}));
  gone = 1000;
  listed = ListAll(server);
  EXPECT_FALSE(listed.result) << "not for ever";
}

TEST(Lists, LargePagesAreAskedForInParts) {
  TestServer server([](const Asked& asked) {
    if (asked.target.find("limit=100") != std::string::npos) {
      return Answer(200, Page(Item(std::string(17 << 20, 'a')), ""));
    }
    return Json(Page(Item("small"), ""));
  });
  const Listed listed = ListAll(server);
  ASSERT_TRUE(listed.result) << listed.result.error().ToString();
  EXPECT_EQ(listed.names, (std::vector<std::string>{"small"}));
}

TEST(Lists, EmptyOnesAndMetadataOnly) {
  TestServer server([](const Asked&) { return Json(R"({"kind":"NodeList","items":null})"); });
  const Listed listed = ListAll(server, {.path = "/api/v1/secrets", .metadata_only = true});
  EXPECT_TRUE(listed.result) << listed.result.error().ToString();
  EXPECT_TRUE(server.asked().at(0).Has("as=PartialObjectMetadataList"));
}

TEST(Lists, HostileOnesAreErrors) {
  const std::string head = R"({"kind":"NodeList","items":)";
  for (const std::string& body : std::vector<std::string>{
           "", "[]", "null", "\"NodeList\"", "{", R"({"kind":"Node"})", "{\"kind\":\"NodeList\"}x",
           R"({"kind":"NodeList","metadata":{}})",
           R"({"kind":"NodeList","metadata":{"remainingItemCount":7},"items":[]})", head + "3}",
           head + "[1]}", head + "[[]]}", head + "{}}", Page(Item("a"), "same"),
           R"({"kind":"Pod","items":[]})", std::string(100, '['), std::string("\xff\xfe\0", 3)}) {
    TestServer server([&](const Asked&) { return Json(body); });
    EXPECT_FALSE(ListAll(server).result) << body;
  }
  std::atomic<int> page = 0;
  TestServer endless([&](const Asked&) { return Json(Page(Item("a"), std::to_string(++page))); });
  const Listed listed = ListAll(endless, {.path = "/x", .most_items = 50});
  EXPECT_FALSE(listed.result);
}

// ---- credential plugins

Access WithPlugin(const TestServer& server, const Script& script) {
  Access access = server.Stranger();
  ExecPlugin plugin;
  plugin.command = script.path();
  plugin.api_version = "client.authentication.k8s.io/v1";
  plugin.cluster_info = true;
  plugin.environment = {{"WHO", "jane"}};
  access.exec = plugin;
  return access;
}

TEST(Plugins, GiveATokenAndAreAskedAgainWhenItExpired) {
  std::atomic<bool> expired = false;
  TestServer server(
      [&](const Asked&) { return expired.exchange(false) ? Status(401, "x") : Json("{}"); });
  const Script script(
      "#!/bin/sh\n"
      "case $KUBERNETES_EXEC_INFO in *127.0.0.1*) ;; *) exit 9;; esac\n"
      "read line && exit 8\n"
      "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
      "\"status\":{\"token\":\"'$WHO-$$'\"}}'\n");
  const auto client = Open(WithPlugin(server, script));
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->Get("/"));
  EXPECT_TRUE(server.asked().at(0).Has("Bearer jane-"));
  expired = true;
  EXPECT_EQ(client->Get("/")->status, 200);
}

TEST(Plugins, ThatFailAreErrorsWithoutWhatTheyPrinted) {
  TestServer server([](const Asked&) { return Json("{}"); });
  for (const char* text :
       {"#!/bin/sh\necho canary-token-7f3a; exit 1\n", "#!/bin/sh\necho canary-token-7f3a\n",
        "#!/bin/sh\n", "#!/bin/sh\nkill -9 $$\n",
        "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"x\",\"status\":{\"token\":"
        "\"canary-token-7f3a\"}}'\n",
        "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":"
        "\"client.authentication.k8s.io/v1\",\"status\":{}}'\n",
        "#!/bin/sh\nwhile :; do echo canary-token-7f3a; done\n", "no program"}) {
    const Script script(text);
    const auto client = ApiClient::Open(WithPlugin(server, script));
    ASSERT_FALSE(client) << text;
    EXPECT_EQ(client.error().ToString().find(kToken), std::string::npos) << text;
  }
  Access access = server.Stranger();
  access.exec = ExecPlugin{};
  access.exec->command = "no-such-program-of-seawall";
  access.exec->install_hint = "get it";
  EXPECT_EQ(ApiClient::Open(access).error().todo, "get it");
}

TEST(Plugins, ThatDoNotEndAreEnded) {
  TestServer server([](const Asked&) { return Json("{}"); });
  PluginLimits limits;
  limits.timeout_ms = 100;
  for (const char* text : {"#!/bin/sh\nsleep 600\n", "#!/bin/sh\nexec >&-\nsleep 600\n"}) {
    const Script script(text);
    const auto credential = RunPlugin(WithPlugin(server, script), limits);
    ASSERT_FALSE(credential) << text;
    EXPECT_NE(credential.error().why.find("does not end"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace seawall::api
