#include "live/abac_watch.h"

#include <gtest/gtest.h>

namespace seawall::live {
namespace {

constexpr const char* kMetrics =
    "# HELP apiserver_authorization_decisions_total x\n"
    "apiserver_authorization_decisions_total{decision=\"allowed\",name=\"\",type=\"ABAC\"} 12\n"
    "apiserver_authorization_decisions_total{decision=\"denied\",name=\"\",type=\"ABAC\"} 3\n"
    "apiserver_authorization_decisions_total{decision=\"allowed\",name=\"\",type=\"RBAC\"} 900\n"
    "process_start_time_seconds 1.79600000026e+09\n";

TEST(AbacWatch, ReadsTheCounter) {
  const auto count = ReadAbacCount("192.0.2.1:6443", kMetrics);
  ASSERT_TRUE(count) << count.error().ToString();
  EXPECT_EQ(count->allowed, 12);
  EXPECT_EQ(count->started, 1796000000);
}

TEST(AbacWatch, WhatDoesNotCountIsNoProof) {
  constexpr const char* kNoNumber =
      "apiserver_authorization_decisions_total{decision=\"allowed\",type=\"ABAC\"} x\n"
      "process_start_time_seconds 1.7e+09\n";
  for (const char* text :
       {kNoNumber, "", "<html>", "process_start_time_seconds 1.7e+09\n",
        "apiserver_authorization_decisions_total{decision=\"allowed\",type=\"RBAC\"} 1\n"}) {
    const auto count = ReadAbacCount("s", text);
    ASSERT_FALSE(count) << text;
    EXPECT_EQ(count.error().code, ErrorCode::kUnsupported);
  }
}

/// Two API servers, and a clock that only sleeping moves.
struct World {
  std::vector<AbacCount> servers = {{"a", 0, 1000}, {"b", 0, 1000}};
  int64_t now = 2000;
  int looks = 0;
  std::string said;
  std::function<void(World&)> meanwhile = [](World&) {};

  Result<std::string> Watch(int64_t window) {
    return WatchAbac(window, {.ask = [this]() -> Result<std::vector<AbacCount>> {
                                if (++looks > 1) meanwhile(*this);
                                return servers;
                              },
                              .now = [this] { return now; },
                              .sleep = [this](int64_t seconds) { now += seconds; },
                              .say = [this](const std::string& text) { said += text; }});
  }
};

TEST(AbacWatch, HavingRunForTheWindowWithoutIsProofAtOnce) {
  World world;
  const auto seen = world.Watch(1000);
  ASSERT_TRUE(seen) << seen.error().ToString();
  EXPECT_NE(seen->find("ABAC allowed nothing for 1000 s on every API server (a, b)"),
            std::string::npos);
  EXPECT_EQ(world.looks, 1);
  EXPECT_EQ(world.said, "");
}

TEST(AbacWatch, TheRestOfTheWindowIsWaitedFor) {
  World world;
  world.servers[1].started = 1900;
  ASSERT_TRUE(world.Watch(1000));
  EXPECT_EQ(world.now, 2000 + 900);
  EXPECT_NE(world.said.find("900 s"), std::string::npos) << world.said;
}

TEST(AbacWatch, WhatWasAllowedBeforeDoesNotCountAndTheWholeWindowIsWaitedFor) {
  World world;
  world.servers[0].allowed = 7;
  ASSERT_TRUE(world.Watch(65));
  EXPECT_EQ(world.now, 2065);
}

TEST(AbacWatch, WhoeverMovesTheCounterIsNoticedAtOnce) {
  World world;
  world.servers[0].allowed = 7;
  world.meanwhile = [](World& w) { w.servers[0].allowed += w.looks == 3 ? 2 : 0; };
  const auto seen = world.Watch(1000);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, ErrorCode::kUsage);
  EXPECT_EQ(seen.error().where, "a");
  EXPECT_NE(seen.error().why.find("2 request(s) within 20 s"), std::string::npos);
  EXPECT_EQ(world.looks, 3);
}

TEST(AbacWatch, ARestartOrAnotherServerIsNoProof) {
  World world;
  world.servers[0].allowed = 7;
  world.meanwhile = [](World& w) { w.servers[1].started = w.now; };
  EXPECT_FALSE(world.Watch(1000));
  World other;
  other.servers[0].allowed = 7;
  other.meanwhile = [](World& w) { w.servers.resize(1); };
  EXPECT_FALSE(other.Watch(1000));
  World gone;
  gone.servers[0].allowed = 7;
  gone.meanwhile = [](World& w) { w.servers[1].server = "c"; };
  EXPECT_FALSE(gone.Watch(1000));
}

}  // namespace
}  // namespace seawall::live
