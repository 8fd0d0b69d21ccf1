#include "auditlog/review_state.h"

#include <gtest/gtest.h>

namespace seawall::auditlog {
namespace {

constexpr const char* kEvent =
    R"({"kind":"Event","auditID":"1","stage":"ResponseStarted","verb":"watch","requestURI":"/x","user":{"username":"a\"b\u00e4","groups":["devs"]},"objectRef":{"resource":"pods","namespace":"s","name":"","subresource":""},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-28T20:00:00Z","stageTimestamp":"2026-11-28T20:00:01Z","annotations":{"authorization.k8s.io/decision":"allow"}})";

void Take(ReviewState& state, std::string line) {
  EventReader reader;
  reader.Read(line.data(), line.size(), state.learner);
}

std::string Filled() {
  ReviewState state;
  state.ServerOf("cp-0");
  Take(state, kEvent);
  state.learner.TakeDamage();
  state.Remember({"abc", 12, "def"}, 0);
  state.grants["RoleBinding s/x to User y"] = {"0123", 17};
  return WriteReviewState(state);
}

TEST(ReviewState, IsTheSameAfterItWasReadAndWritten) {
  const std::string bytes = Filled();
  ReviewState again;
  auto ok = ReadReviewState(bytes, "state", again);
  ASSERT_TRUE(ok) << ok.error().ToString();
  EXPECT_EQ(WriteReviewState(again), bytes);
  EXPECT_EQ(again.learner.rights.size(), 1u);
  ASSERT_NE(again.Find("abc", "cp-0", 0), nullptr);
  EXPECT_EQ(again.Find("abc", "cp-0", 0)->mark.offset, 12u);
  EXPECT_EQ(again.Find("abc", "cp-1", 0), nullptr);
  EXPECT_NE(again.Find("abc", "cp-1", 1), nullptr);
  EXPECT_EQ(again.learner.servers[0].damaged, 1u);
  EXPECT_EQ(again.grants.at("RoleBinding s/x to User y").since, 17);
  // The end of the request that had begun is no second one.
  std::string end = kEvent;
  end.replace(end.find("ResponseStarted"), 15, "ResponseComplete");
  Take(again, end);
  EXPECT_EQ(again.learner.rights.begin()->second.count, 1u);
  EXPECT_EQ(again.learner.counts.twice, 1u);
}

TEST(ReviewState, WhatIsDamagedIsRefused) {
  const std::string bytes = Filled();
  const auto refused = [](std::string text) {
    ReviewState state;
    auto ok = ReadReviewState(std::move(text), "state", state);
    return ok ? std::string("read") : ok.error().ToString();
  };
  EXPECT_EQ(refused(bytes), "read");
  for (size_t cut = 0; cut < bytes.size(); cut += 7)
    EXPECT_NE(refused(bytes.substr(0, cut)).find("it is damaged"), std::string::npos) << cut;
  for (size_t at = 0; at < bytes.size(); at += 11) {
    std::string other = bytes;
    other[at] = other[at] == 'x' ? 'y' : 'x';
    EXPECT_NE(refused(other), "read") << at;
  }
}

}  // namespace
}  // namespace seawall::auditlog
