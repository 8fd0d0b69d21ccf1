#include "rules/control_plane_rules.h"
#include "rules/test_cases.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::ComponentKind;
using Kind = cluster::Problem::Kind;

/// Each component's rules begin with the same word.
std::string Prefix(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kApiServer:
      return "apiserver";
    case ComponentKind::kControllerManager:
      return "controller-manager";
    case ComponentKind::kScheduler:
      return "scheduler";
    case ComponentKind::kKubelet:
      return "kubelet";
    case ComponentKind::kProxy:
      return "proxy";
    case ComponentKind::kEtcd:
      return "etcd";
  }
  return "";
}

struct ProblemCase {
  Kind kind;
  bool fatal;
  const char* fails;  ///< the rules that fail, with spaces between
};
constexpr ProblemCase kProblems[] = {
    {Kind::kUnknownFlag, true, "-starts -known-settings"},
    {Kind::kBadValue, true, "-starts"},
    {Kind::kConflict, true, "-starts"},
    {Kind::kStrayArgument, true, "-starts"},
    {Kind::kMissingFile, true, "-starts"},
    {Kind::kMalformedFile, false, "-heeded-settings"},
    {Kind::kUnknownField, false, "-known-settings"},
    {Kind::kIgnored, false, "-heeded-settings"},
    {Kind::kDeprecated, false, "-no-deprecated-settings"},
    {Kind::kDuplicateKey, false, "-written-once"},
    {Kind::kTwoManifests, false, "-written-once"},
    {Kind::kDrift, false, "-runs-as-written"},
    {Kind::kStale, false, "-runs-as-written"},
};
constexpr const char* kSuffixes[] = {"-starts",          "-known-settings",
                                     "-heeded-settings", "-no-deprecated-settings",
                                     "-written-once",    "-runs-as-written"};

TEST(Starts, EachComplaintFailsItsRulesAndNoOthers) {
  for (const ComponentKind kind : cluster::kAllComponents) {
    for (const ProblemCase& one : kProblems) {
      TestNode test;
      Component& component = test.Add(kind);
      component.process = cluster::Process{7, 0, "/x"};
      component.problems.push_back(
          {one.kind, one.fatal, "x", "something is wrong", {"/f", 3, 4, {}}});
      for (const char* suffix : kSuffixes) {
        const std::string id = Prefix(kind) + suffix;
        const bool fails =
            (" " + std::string(one.fails) + " ").find(" " + std::string(suffix) + " ") !=
            std::string::npos;
        EXPECT_EQ(test.Verdict(id.c_str()), fails ? "fail" : "pass")
            << id << " " << one.fails << ": " << test.last.reason;
      }
    }
  }
}

TEST(Starts, WhatCouldNotBeReadIsNeverFine) {
  for (const ComponentKind kind : cluster::kAllComponents) {
    for (const char* suffix : kSuffixes) {
      const std::string id = Prefix(kind) + suffix;
      TestNode test;
      Component& component = test.Add(kind);
      if (std::string(suffix) == "-runs-as-written") {
        EXPECT_EQ(test.Verdict(id.c_str()), "not-applicable") << id;
        component.process = cluster::Process{7, 0, "/x"};
      } else {
        component.gaps.push_back({false, "an argument is hidden", "look"});
        EXPECT_EQ(test.Verdict(id.c_str()), "unknown") << id;
        test.node.components[0].gaps.clear();
      }
      test.node.components[0].unknown = "two manifests";
      EXPECT_EQ(test.Verdict(id.c_str()), "unknown") << id;
    }
    TestNode unread;
    unread.Add(kind).unread.push_back({false, "a key that nobody may read", "look"});
    EXPECT_EQ(unread.Verdict((Prefix(kind) + "-starts").c_str()), "unknown");
    EXPECT_EQ(unread.Verdict((Prefix(kind) + "-known-settings").c_str()), "pass");
    TestNode test;
    test.Add(kind).version.reset();
    EXPECT_EQ(test.Verdict((Prefix(kind) + "-starts").c_str()), "unknown");
    test.node.components[0].version = cluster::Version{9, 99, 0, "test", {}};
    EXPECT_EQ(test.Verdict((Prefix(kind) + "-starts").c_str()), "unknown");
  }
}

TEST(Versions, SupportEndsOnADay) {
  for (const ComponentKind kind : cluster::kAllComponents) {
    const std::string id = Prefix(kind) + "-version-supported";
    const bool etcd = kind == ComponentKind::kEtcd;
    TestNode test;
    Component& component = test.Add(kind);
    test.now = 1795000000;  // 2026-11-18
    EXPECT_EQ(test.Verdict(id.c_str()), "pass") << test.last.reason;
    component.version->minor = etcd ? 4 : 29;
    EXPECT_EQ(test.Verdict(id.c_str()), "fail") << test.last.reason;
    component.version->minor = 1;
    EXPECT_EQ(test.Verdict(id.c_str()), "fail") << test.last.reason;
    component.version->minor = 99;
    EXPECT_EQ(test.Verdict(id.c_str()), "unknown") << test.last.reason;
    component.version.reset();
    EXPECT_EQ(test.Verdict(id.c_str()), "unknown") << test.last.reason;
  }
}

TEST(Versions, AnOldTableSaysNothing) {
  TestNode test;
  test.Add(ComponentKind::kEtcd).version->minor = 7;
  test.now = 1795000000 + 400LL * 24 * 3600;
  EXPECT_NE(test.Verdict("etcd-version-supported"), "pass") << test.last.reason;
}

TEST(Versions, NothingRunsAheadOfTheApiServer) {
  TestNode test;
  test.Add(ComponentKind::kApiServer);
  EXPECT_EQ(test.Verdict("versions-fit"), "not-applicable");
  test.Add(ComponentKind::kKubelet).version->minor = 34;
  EXPECT_EQ(test.Verdict("versions-fit"), "pass");
  test.node.components[1].version->minor = 33;
  EXPECT_EQ(test.Verdict("versions-fit"), "fail");
  test.node.components[1].version->minor = 38;
  EXPECT_EQ(test.Verdict("versions-fit"), "fail");
  test.node.components[1].version.reset();
  EXPECT_EQ(test.Verdict("versions-fit"), "unknown");
}

TEST(Node, FindingNothingIsNotBeingSafe) {
  TestNode test;
  EXPECT_EQ(test.Verdict("node-has-components"), "unknown");
  EXPECT_EQ(test.Verdict("node-fully-read"), "pass");
  test.Add(ComponentKind::kKubelet);
  EXPECT_EQ(test.Verdict("node-has-components"), "pass");
  test.node.blind_spots.push_back(
      {Error{ErrorCode::kPermission, "list", "/m", "denied", "run as root"}, {}});
  EXPECT_EQ(test.Verdict("node-fully-read"), "unknown");
}

/// The promise of the whole table: nothing passes by what is not known.
TEST(Table, AComponentThatCannotBeKnownNeverPasses) {
  for (const Rule& rule : AllRules()) {
    if (rule.target == Target::kNode) continue;
    if (std::string(rule.id) == "etcd-on-its-own-node")
      continue;  // decided by the other components
    if (std::string(rule.id).ends_with("-version-supported")) continue;
    for (const ComponentKind kind : cluster::kAllComponents) {
      if (std::string(cluster::ToString(kind)) != ToString(rule.target)) continue;
      TestNode test;
      Component& component = test.Add(kind);
      component.unknown = "two manifests for one pod";
      component.how = "remove one";
      component.process = cluster::Process{7, 0, "/x"};
      EXPECT_NE(test.Verdict(rule.id), "pass") << rule.id << ": " << test.last.reason;
    }
  }
}

}  // namespace
}  // namespace seawall::rules
