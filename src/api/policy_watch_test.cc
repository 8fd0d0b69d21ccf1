#include "api/policy_watch.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "api/test_server.h"

namespace seawall::api {
namespace {

using testing::Asked;
using testing::Json;
using testing::kForever;
using testing::kHold;
using testing::Status;
using testing::TestServer;

std::string Role(const std::string& name, int version, const std::string& verb = "get") {
  return fmt::format(
      R"({{"kind":"ClusterRole","metadata":{{"name":"{}","resourceVersion":"{}"}},"rules":[{{"verbs":["{}"],"apiGroups":[""],"resources":["pods"]}}]}})",
      name, version, verb);
}
std::string Event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}
std::string Chunk(const std::string& text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}
constexpr const char* kGoesOn =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
/// A watch that says this, and nothing more.
std::string Says(const std::string& lines) {
  return kGoesOn + (lines.empty() ? "" : Chunk(lines)) + std::string(kHold);
}
std::string Ends(const std::string& lines) {
  return kGoesOn + (lines.empty() ? "" : Chunk(lines)) + "0\r\n\r\n";
}

/// An API server whose cluster roles are listed and watched as the test says, one answer after the
/// other, the last one again and again; of the other kinds there is none.
class Cluster {
 public:
  std::vector<std::string> lists, watches;  ///< the watches' answers, the lists' items
  std::atomic<int> refused = 0;             ///< status of the lists

  Cluster() : server_([this](const Asked& asked) { return Serve(asked); }) {}

  TestServer& server() { return server_; }
  int listed() const { return listed_; }
  /// The resourceVersions from which cluster roles were watched.
  std::vector<std::string> from() const {
    std::vector<std::string> all;
    for (const Asked& asked : server_.asked()) {
      const size_t at = asked.target.find("&resourceVersion=");
      if (asked.target.starts_with(kRoles) && at != std::string::npos)
        all.push_back(asked.target.substr(at + 17));
    }
    return all;
  }

 private:
  static constexpr const char* kRoles = "/apis/rbac.authorization.k8s.io/v1/clusterroles?";

  static std::string Of(const std::vector<std::string>& all, size_t at) {
    return all.empty() ? "" : all[std::min(at, all.size() - 1)];
  }
  std::string Serve(const Asked& asked) {
    const bool watch = asked.target.find("watch=true") != std::string::npos;
    if (!asked.target.starts_with(kRoles)) {
      return watch ? Says("")
                   : Json(R"({"kind":"XList","metadata":{"resourceVersion":"1"},"items":[]})");
    }
    if (watch) {
      EXPECT_NE(asked.target.find("allowWatchBookmarks=true"), std::string::npos);
      return watches.empty() ? Says("") : Of(watches, watched_++);
    }
    if (refused != 0) return Status(refused, "no");
    const std::string items = Of(lists, static_cast<size_t>(listed_));
    ++listed_;
    return Json(R"({"kind":"ClusterRoleList","metadata":{"resourceVersion":")" +
                std::to_string(10 * listed_) + R"("},"items":[)" + items + "]}");
  }

  std::atomic<int> listed_ = 0;
  size_t watched_ = 0;
  TestServer server_;
};

class PolicyWatches : public ::testing::Test {
 protected:
  void Start() {
    client_ = *ApiClient::Open(cluster_.server().Stranger(),
                               {.timeout_ms = 5000, .attempts = 1, .stop = &stop_});
    watch_ = std::make_unique<PolicyWatch>(*client_, options_);
    const auto ok = watch_->Begin();
    EXPECT_TRUE(ok) << ok.error().ToString();
  }
  /// Until `done`, or much too long.
  bool Pump(const std::function<bool()>& done) {
    for (int i = 0; i < 3000; ++i) {
      watch_->Pump();
      if (done()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  /// "NAME: VERB" of each cluster role.
  std::set<std::string> Roles() const {
    const rbac::Policy policy = watch_->policy();
    std::set<std::string> roles;
    for (const rbac::Role& role : policy.roles) {
      std::string text(policy.Text(role.name));
      for (const rbac::Rule& rule : policy.RulesOf(role))
        text += ": " + std::string(policy.Text(policy.Verbs(rule)[0]));
      roles.insert(text);
    }
    return roles;
  }
  std::string Unread() const {
    const rbac::Policy policy = watch_->policy();
    return policy.unread.empty() ? "" : policy.unread[0].why;
  }
  using Names = std::set<std::string>;

  std::atomic<int> stop_ = 0;
  Cluster cluster_;
  WatchOptions options_{.first_pause = std::chrono::milliseconds(5),
                        .longest_pause = std::chrono::milliseconds(50)};
  std::unique_ptr<ApiClient> client_;
  std::unique_ptr<PolicyWatch> watch_;
};

TEST_F(PolicyWatches, WhatChangesIsTakenWithoutAnotherList) {
  cluster_.lists = {Role("a", 1) + "," + Role("b", 2) + "," + Role("c", 3)};
  cluster_.watches = {Says(Event("ADDED", Role("d", 11)) +
                           Event("MODIFIED", Role("a", 12, "list")) +
                           Event("DELETED", Role("b", 13)) + Event("DELETED", Role("never", 14)) +
                           Event("BOOKMARK", Role("", 15)))};
  Start();
  EXPECT_EQ(Roles(), (Names{"a: get", "b: get", "c: get"}));
  EXPECT_TRUE(Pump([&] { return watch_->events() == 4; }));
  EXPECT_EQ(Roles(), (Names{"a: list", "c: get", "d: get"}));
  EXPECT_FALSE(watch_->Pump());
  EXPECT_EQ(watch_->lists(), 4u);
  EXPECT_EQ(cluster_.from(), std::vector<std::string>{"10"});
  EXPECT_EQ(Unread(), "");
}

TEST_F(PolicyWatches, WhatTheServerEndsGoesOnWhereItWas) {
  cluster_.watches = {Ends(Event("ADDED", Role("a", 11)) + Event("BOOKMARK", Role("", 17))),
                      Says(Event("ADDED", Role("b", 18)))};
  Start();
  EXPECT_TRUE(Pump([&] { return watch_->events() == 2; }));
  EXPECT_EQ(Roles(), (Names{"a: get", "b: get"}));
  EXPECT_EQ(cluster_.from(), (std::vector<std::string>{"10", "17"}));
  EXPECT_EQ(cluster_.listed(), 1);
}

TEST_F(PolicyWatches, WhatCannotBeGoneByLeadsToAList) {
  const std::string endless = "400000\r\n" + std::string(0x400000, 'x') + "\r\n";
  const std::string bad[] = {
      Status(410, "too old resource version"),
      Status(500, "etcd is away"),
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
      "no HTTP\r\n\r\n",
      Says(R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"gone"}})"
           "\n"),
      Says("{\"type\":\"ADDED\",\"object\":{\n"),
      Says("\x01\xff\n"),
      Says(Event("ADDED", R"({"kind":"Secret","metadata":{"name":"x","resourceVersion":"3"}})")),
      Says(Event("ADDED", R"({"kind":"ClusterRole","metadata":{"name":"x"}})")),
      Says(Event("ADDED", R"({"kind":"ClusterRole","metadata":{"resourceVersion":"3"}})")),
      Says(Event("RENAMED", Role("x", 3))),
      Says(Event(
          "ADDED",
          R"({"kind":"ClusterRole","metadata":{"name":"x","resourceVersion":"3"},"rules":7})")),
      // Ends in the middle of a chunk, and of a line.
      kGoesOn + std::string("fff\r\n{\"type\":") + "Connection: close",
      Ends("{\"type\":\"ADDED\""),
      kGoesOn + std::string("zz\r\n") + std::string(kHold),
      kGoesOn + endless + std::string(kForever),
  };
  cluster_.lists = {Role("old", 1)};
  cluster_.watches.assign(std::begin(bad), std::end(bad));
  cluster_.watches.push_back(Says(Event("ADDED", Role("late", 400))));
  const int wanted = static_cast<int>(std::size(bad)) + 1;
  Start();
  EXPECT_TRUE(Pump([&] { return watch_->events() == 1; })) << cluster_.listed();
  EXPECT_EQ(cluster_.listed(), wanted);
  EXPECT_EQ(Roles(), (Names{"old: get", "late: get"}));
  EXPECT_EQ(Unread(), "");
}

TEST_F(PolicyWatches, WhatWentWhileNobodyWatchedIsGone) {
  cluster_.lists = {Role("a", 1) + "," + Role("b", 2), Role("b", 2)};
  cluster_.watches = {Status(410, "gone"), Says("")};
  Start();
  EXPECT_EQ(Roles().size(), 2u);
  EXPECT_TRUE(Pump([&] { return cluster_.listed() == 2; }));
  EXPECT_EQ(Roles(), Names{"b: get"});
}

TEST_F(PolicyWatches, SilenceAndTooMuchLeadToAListToo) {
  options_.silence = std::chrono::milliseconds(30);
  Start();
  EXPECT_TRUE(Pump([&] { return cluster_.listed() >= 3; }));
  options_ = {.first_pause = std::chrono::milliseconds(5), .most_bytes = 1000};
  std::string many;
  for (int i = 0; i < 20; ++i) many += Event("MODIFIED", Role("a", 100 + i));
  cluster_.watches = {Says(many), Says("")};
  const int before = cluster_.listed();
  Start();
  EXPECT_TRUE(Pump([&] { return cluster_.listed() == before + 2; }));
}

TEST_F(PolicyWatches, AKindThatIsRefusedIsUnknownUntilItIsNot) {
  cluster_.refused = 403;
  cluster_.lists = {Role("a", 1)};
  Start();
  EXPECT_EQ(Unread(), "clusterroles cannot be listed: status 403: no");
  EXPECT_EQ(watch_->policy().unread.size(), 1u);
  cluster_.refused = 0;
  EXPECT_TRUE(Pump([&] { return Unread().empty(); }));
  EXPECT_EQ(Roles(), Names{"a: get"});
}

TEST_F(PolicyWatches, WhatIsRefusedLaterStaysAndIsUnknown) {
  cluster_.lists = {Role("a", 1)};
  cluster_.watches = {Status(410, "gone")};
  Start();
  cluster_.refused = 403;
  EXPECT_TRUE(Pump([&] { return !Unread().empty(); }));
  EXPECT_EQ(Unread(),
            "clusterroles cannot be listed: status 403: no; they are taken to be as they were");
  EXPECT_EQ(Roles(), Names{"a: get"});
}

TEST_F(PolicyWatches, WhoMayOnlyListListsAgain) {
  cluster_.lists = {Role("a", 1), Role("a", 1) + "," + Role("b", 2)};
  cluster_.watches = {Status(403, "not you")};
  Start();
  EXPECT_TRUE(Pump([&] { return cluster_.listed() >= 3; }));
  EXPECT_EQ(Roles(), (Names{"a: get", "b: get"}));
  EXPECT_EQ(Unread(), "");
  ASSERT_EQ(watch_->notes().size(), 1u);
  EXPECT_EQ(watch_->notes()[0],
            "clusterroles cannot be watched: status 403: not you; they are listed every 1 s");
}

TEST_F(PolicyWatches, AServerThatIsGoneIsAnErrorAndLaterUnknown) {
  Access nowhere = cluster_.server().Stranger();
  nowhere.server.port = 1;
  const auto client = ApiClient::Open(std::move(nowhere), {.timeout_ms = 1000, .attempts = 1});
  PolicyWatch none(**client, options_);
  EXPECT_FALSE(none.Begin());

  auto server = std::make_unique<TestServer>([](const Asked& asked) {
    return asked.target.find("watch=true") != std::string::npos
               ? Says("")
               : Json(R"({"kind":"XList","metadata":{"resourceVersion":"1"},"items":[]})");
  });
  client_ = *ApiClient::Open(server->Stranger(), {.timeout_ms = 1000, .attempts = 1});
  watch_ = std::make_unique<PolicyWatch>(*client_, options_);
  ASSERT_TRUE(watch_->Begin());
  EXPECT_EQ(Unread(), "");
  server.reset();
  EXPECT_TRUE(Pump([&] { return watch_->policy().unread.size() == 4; }));
}

TEST(PolicyWatchStop, NothingIsWaitedForOnceASignalCame) {
  std::atomic<int> stop = 0;
  TestServer server([&](const Asked&) {
    stop = 2;
    return std::string(kHold);
  });
  // It would be waited for a whole day.
  const auto client = ApiClient::Open(server.Stranger(), {.timeout_ms = 86'400'000, .stop = &stop});
  PolicyWatch watch(**client);
  EXPECT_TRUE(watch.Begin());
  EXPECT_FALSE(watch.Pump());
  EXPECT_EQ(watch.lists(), 0u);
}

}  // namespace
}  // namespace seawall::api
