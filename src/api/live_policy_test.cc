#include "api/live_policy.h"

#include <gtest/gtest.h>

#include "api/test_server.h"
#include "rbac/chain.h"
#include "rbac/evaluator.h"
#include "rbac/unread.h"

namespace seawall::api {
namespace {

using testing::Answer;
using testing::Asked;
using testing::Json;
using testing::Status;
using testing::TestServer;

constexpr const char* kGroup = "/apis/rbac.authorization.k8s.io/v1/";

/// What a table says; `limit` and what follows is not looked at. Anything else: 403.
struct Table {
  std::map<std::string, std::string> answers;
  std::string operator()(const Asked& asked) const {
    const std::string path = asked.target.substr(0, asked.target.find('?'));
    const auto at = answers.find(path);
    return at == answers.end() ? Status(403, "u cannot list it") : at->second;
  }
};

std::string List(const std::string& items, const std::string& more = "") {
  return Json(R"({"kind":"XList","metadata":{"continue":")" + more + R"("},"items":[)" + items +
              "]}");
}
constexpr const char* kReader =
    R"({"metadata":{"name":"reader","managedFields":[{"a":1}],"odd":{"x":[1]}},
        "rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]})";
std::string Binding(const std::string& name, const std::string& role, const std::string& space) {
  return fmt::format(
      R"({{"metadata":{{"name":"{}"{}}},"roleRef":{{"apiGroup":"rbac.authorization.k8s.io",
          "kind":"{}","name":"{}"}},"subjects":[{{"kind":"User","name":"alice"}},
          {{"kind":"ServiceAccount","name":"ci","namespace":"shop"}}]}})",
      name, space.empty() ? "" : ",\"namespace\":\"" + space + "\"",
      role == "local" ? "Role" : "ClusterRole", role);
}

Table Whole() {
  const std::string group = kGroup;
  return {{{group + "clusterroles", List(kReader)},
           {group + "clusterrolebindings", List("")},
           {group + "roles", List("")},
           {group + "rolebindings", List(Binding("devs", "reader", "shop"))}}};
}

Result<rbac::Policy> Read(const TestServer& server, const PolicyWanted& wanted = {}) {
  ClientOptions options;
  options.timeout_ms = 3000;
  auto client = ApiClient::Open(server.Stranger(), options);
  EXPECT_TRUE(client);
  return ReadLivePolicy(**client, wanted);
}

rbac::Decision Ask(const rbac::Policy& policy, const std::string& space) {
  const rbac::Evaluator evaluator(policy);
  rbac::Attributes asked;
  asked.user = "alice";
  asked.verb = "get";
  asked.space = space;
  asked.resource = "pods";
  return rbac::Decide({rbac::Mode::kRbac}, evaluator, asked);
}

TEST(LivePolicy, ObjectsAreCalledByTheirNames) {
  TestServer server(Whole());
  const auto policy = Read(server);
  ASSERT_TRUE(policy) << policy.error().ToString();
  EXPECT_TRUE(policy->unread.empty());
  const rbac::Decision yes = Ask(*policy, "shop");
  EXPECT_EQ(yes.verdict, rbac::Verdict::kAllowed);
  EXPECT_EQ(policy->Where(yes.answer.grant.binding->spot), "rolebinding/shop/devs");
  EXPECT_EQ(policy->Where(*yes.answer.grant.role, *yes.answer.grant.rule), "clusterrole/reader");
  EXPECT_EQ(Ask(*policy, "bank").verdict, rbac::Verdict::kNotAllowed);
  EXPECT_TRUE(policy->remarks.empty()) << "fields that we do not know are the API's business";
}

TEST(LivePolicy, WhatWasRefusedMakesUnknownWhatDependsOnIt) {
  for (const char* refused : {"clusterroles", "clusterrolebindings", "rolebindings"}) {
    Table table = Whole();
    table.answers.erase(std::string(kGroup) + refused);
    TestServer server(table);
    const auto policy = Read(server);
    ASSERT_TRUE(policy) << policy.error().ToString();
    ASSERT_EQ(policy->unread.size(), 1u);
    const rbac::Decision in_shop = Ask(*policy, "shop");
    // Rights only add up: what is allowed by what could be read is allowed.
    const bool still = refused == std::string_view("clusterrolebindings");
    EXPECT_EQ(in_shop.verdict, still ? rbac::Verdict::kAllowed : rbac::Verdict::kUnknown)
        << refused;
    if (!still) {
      EXPECT_EQ(in_shop.reason,
                fmt::format("{} cannot be listed: status 403: u cannot list it", refused));
    }
    // Elsewhere alice has no binding: which roles there are does not matter.
    EXPECT_EQ(Ask(*policy, "bank").verdict, refused == std::string_view("clusterroles")
                                                ? rbac::Verdict::kNotAllowed
                                                : rbac::Verdict::kUnknown)
        << refused;
  }
  // A question about the whole cluster does not depend on bindings of namespaces.
  Table table = Whole();
  table.answers.erase(std::string(kGroup) + "rolebindings");
  TestServer server(table);
  const auto policy = Read(server);
  EXPECT_EQ(Ask(*policy, "").verdict, rbac::Verdict::kNotAllowed);
  EXPECT_TRUE(rbac::LeftOpen(rbac::Evaluator(*policy), rbac::Reach::kCluster).empty());
  EXPECT_EQ(rbac::LeftOpen(rbac::Evaluator(*policy), rbac::Reach::kNamespaces).size(), 1u);
}

TEST(LivePolicy, OneNamespaceIsListedByItself) {
  Table table = Whole();
  const std::string group = kGroup;
  table.answers.erase(group + "roles");
  table.answers.erase(group + "rolebindings");
  table.answers[group + "namespaces/shop/roles"] = List("");
  table.answers[group + "namespaces/shop/rolebindings"] = List(Binding("devs", "reader", "shop"));
  TestServer server(table);
  const auto policy = Read(server, {.space = "shop"});
  ASSERT_TRUE(policy) << policy.error().ToString();
  EXPECT_TRUE(policy->unread.empty());
  EXPECT_EQ(Ask(*policy, "shop").verdict, rbac::Verdict::kAllowed);
}

TEST(LivePolicy, PagesAreReadToTheEndAndBegunAnewWhenTheyExpire) {
  int asked = 0;
  Table table = Whole();
  TestServer server([&](const Asked& request) {
    if (request.target.find("clusterroles?") == std::string::npos) return table(request);
    ++asked;
    const bool next = request.target.find("continue=") != std::string::npos;
    if (asked == 2) return Status(410, "the state is gone");
    if (asked == 1 || !next) return List(kReader, "more");
    return List(R"({"metadata":{"name":"second"},"rules":[]})");
  });
  const auto policy = Read(server);
  ASSERT_TRUE(policy) << policy.error().ToString();
  EXPECT_EQ(policy->roles.size(), 2u) << "no object twice";
  EXPECT_EQ(asked, 4);
}

TEST(LivePolicy, LaterMeansLater) {
  int asked = 0;
  Table table = Whole();
  TestServer server([&](const Asked& request) {
    if (++asked == 1) return Answer(429, "{}", "Retry-After: 1\r\n");
    return table(request);
  });
  const auto policy = Read(server);
  ASSERT_TRUE(policy) << policy.error().ToString();
  EXPECT_TRUE(policy->unread.empty());
}

TEST(LivePolicy, WhoKnowsNobodyIsAnError) {
  TestServer stranger([](const Asked&) { return Status(401, "Unauthorized"); });
  EXPECT_FALSE(Read(stranger));
  TestServer other([](const Asked&) { return Json("[]"); });
  EXPECT_FALSE(Read(other));
}

TEST(LivePolicy, AWrongTypeInOneListIsUnknown) {
  Table table = Whole();
  table.answers[std::string(kGroup) + "rolebindings"] =
      List(R"({"metadata":{"name":"x","namespace":"shop"},"subjects":"alice"})");
  TestServer server(table);
  const auto policy = Read(server);
  ASSERT_TRUE(policy) << policy.error().ToString();
  ASSERT_EQ(policy->unread.size(), 1u);
  EXPECT_NE(policy->unread[0].why.find("subjects is a string"), std::string::npos)
      << policy->unread[0].why;
}

TEST(LivePolicy, StoredRulesCountAndAreLinkedWhereTheyAreTheSame) {
  Table table = Whole();
  const std::string rules = R"("rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}])";
  table.answers[std::string(kGroup) + "clusterroles"] = List(
      R"({"metadata":{"name":"part","labels":{"into":"all"}},)" + rules + "}," +
      R"({"metadata":{"name":"summed"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"into":"all"}}]},)" +
      rules + "}," +
      R"({"metadata":{"name":"late"},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"into":"all"}}]},"rules":null})");
  TestServer server(table);
  const auto policy = Read(server);
  ASSERT_TRUE(policy) << policy.error().ToString();
  for (const rbac::Role& role : policy->roles) {
    const std::string_view name = policy->Text(role.name);
    EXPECT_EQ(role.aggregated, name == "summed") << name;
    EXPECT_EQ(role.rules, name == "late" ? 0u : 1u) << "the API server goes by what is stored";
  }
}

TEST(LivePolicy, AuthorizersAreThoseOfTheApiServersPod) {
  const auto modes = [](const std::string& pods) {
    TestServer server([&](const Asked&) { return List(pods); });
    auto client = ApiClient::Open(server.Stranger(), {});
    return ReadLiveAuthorizers(**client).modes;
  };
  const std::string spec =
      R"("spec":{"containers":[{"command":["kube-apiserver","--authorization-mode=Node,RBAC"]}]})";
  EXPECT_EQ(
      modes(R"({"metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}},)" + spec + "}"),
      "Node,RBAC");
  EXPECT_EQ(modes("{" + spec + "}"), "") << "whoever may make pods would decide";
  EXPECT_EQ(modes(""), "");
}

TEST(LivePolicy, WhoWeAre) {
  TestServer server([](const Asked& request) {
    if (request.method != "POST") return Status(405, "no");
    return Answer(201, R"({"status":{"userInfo":{"username":"alice","groups":["devs"]}}})");
  });
  auto client = ApiClient::Open(server.Stranger(), {});
  const auto own = AskOwnName(**client);
  ASSERT_TRUE(own) << own.error().ToString();
  EXPECT_EQ(own->user, "alice");
  EXPECT_EQ(own->groups, std::vector<std::string>{"devs"});
}

}  // namespace
}  // namespace seawall::api
