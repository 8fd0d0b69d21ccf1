#include "rbac/match_condition.h"

#include <gtest/gtest.h>

namespace seawall::rbac {
namespace {

constexpr std::string_view kGroups[] = {"devs", "oidc:ops", "system:authenticated"};

Attributes Pods() {
  return {.user = "alice",
          .groups = kGroups,
          .verb = "get",
          .space = "shop",
          .group = "",
          .resource = "pods",
          .subresource = "log",
          .name = "a",
          .path = {}};
}
Attributes Url() {
  return {.user = "alice",
          .groups = kGroups,
          .verb = "get",
          .resource_request = false,
          .space = {},
          .group = {},
          .resource = {},
          .subresource = {},
          .name = {},
          .path = "/healthz"};
}

struct Row {
  const char* expression;
  Match of_pods, of_url;
};
constexpr Match kYes = Match::kYes, kNo = Match::kNo, kError = Match::kError,
                kUnknown = Match::kUnknown;
// What is not unknown is as k8s.io/apiserver/pkg/authorization/cel 0.37.2 answered the same.
constexpr Row kRows[] = {
    {"request.user == 'alice'", kYes, kYes},
    {"request.user != \"alice\"", kNo, kNo},
    {"'devs' in request.groups", kYes, kYes},
    {"!('devs' in request.groups)", kNo, kNo},
    {"request.user in ['bob', 'alice',]", kYes, kYes},
    {"request.user in []", kNo, kNo},
    {"has(request.resourceAttributes)", kYes, kNo},
    {"has(request.nonResourceAttributes)", kNo, kYes},
    {"has(request.user)", kYes, kYes},
    {"has(request.resourceAttributes.namespace)", kYes, kError},
    {"has(request.resourceAttributes.group)", kYes, kError},
    {"has(request.resourceAttributes.fieldSelector)", kNo, kError},
    {"has(request.nonResourceAttributes.path)", kError, kYes},
    {"!has(request.resourceAttributes) || request.resourceAttributes.namespace == 'shop'", kYes,
     kYes},
    {"has(request.resourceAttributes) && request.resourceAttributes.verb in ['get', 'list']", kYes,
     kNo},
    {"request.resourceAttributes.namespace == 'shop'", kYes, kError},
    {"request.resourceAttributes.resource == 'pods' && request.resourceAttributes.subresource == "
     "'log'",
     kYes, kError},
    {"request.resourceAttributes.namespace.startsWith('kube-')", kNo, kError},
    {"request.resourceAttributes.name.endsWith('a') && request.resourceAttributes.group == ''",
     kYes, kError},
    {"request.nonResourceAttributes.path.startsWith('/health')", kError, kYes},
    {"request.nonResourceAttributes.verb == 'get'", kError, kYes},
    {"request.groups.exists(g, g.startsWith('oidc:'))", kYes, kYes},
    {"request.groups.all(g, g.contains('o'))", kNo, kNo},
    {"request.groups.all(g, g != 'x') && request.groups.exists(g, g == 'devs' || request.user == "
     "g)",
     kYes, kYes},
    {"request.resourceAttributes.namespace == 'x' || true", kYes, kYes},
    {"false && request.resourceAttributes.namespace == 'x'", kNo, kNo},
    {"request.resourceAttributes.namespace == 'x' && false", kNo, kNo},
    {"true || false && false", kYes, kYes},
    {"(true || false) && false", kNo, kNo},
    {"!true == false", kYes, kYes},
    {"'a' == 'a' == true", kYes, kYes},
    {"request.user == 'alice' ? true : false", kYes, kYes},
    {"has(request.resourceAttributes) ? request.resourceAttributes.namespace == 'shop' : "
     "request.nonResourceAttributes.path == '/x'",
     kYes, kNo},
    {"request.resourceAttributes.verb == 'get' ? true : false", kYes, kError},
    {"false ? true : true ? false : true", kNo, kNo},
    {"true ? 'a' == 'b' : 1", kUnknown, kUnknown},
    {"request.user.matches('^a')", kUnknown, kUnknown},
    {"size(request.groups) == 3", kYes, kYes},
    {"request.groups.size() > 2 && request.groups.size() <= 3 && 1 < size('ab')", kYes, kYes},
    {"size('é') == 1 && 'é'.size() >= 1", kYes, kYes},
    {"size(request.resourceAttributes.name) == 1", kYes, kError},
    {"request.groups[0] == 'devs'", kYes, kYes},
    {"request.groups[3] == 'devs'", kError, kError},
    {"['a', 'b'][1] == 'b' && 'a' < 'b' && !('b' <= 'a')", kYes, kYes},
    {"size([request.nonResourceAttributes.path]) == 1", kError, kYes},
    {"'x' in ['x', request.nonResourceAttributes.path]", kError, kYes},
    {"size(request.groups) == '3'", kUnknown, kUnknown},
    {"size(request.groups) == 3u", kUnknown, kUnknown},
    {"size(request.groups) - 1 == 2", kUnknown, kUnknown},
    {"request.uid == ''", kUnknown, kUnknown},
    {"request.resourceAttributes.version == ''", kUnknown, kError},
    {"[].exists(g, g == 'x')", kNo, kNo},
    {"['a', 'b'].exists(g, g == request.resourceAttributes.name)", kYes, kError},
    {"request.groups.exists(g, request.resourceAttributes.name == g)", kNo, kError},
    {"r'a' == 'a'", kUnknown, kUnknown},
    {"'' == \"\"", kYes, kYes},
};

TEST(MatchCondition, AsTheApiServersOwn) {
  for (const Row& row : kRows) {
    EXPECT_EQ(MatchCondition(row.expression, Pods()), row.of_pods) << row.expression;
    EXPECT_EQ(MatchCondition(row.expression, Url()), row.of_url) << row.expression;
  }
}

TEST(MatchCondition, HostileOnesEnd) {
  const Attributes pods = Pods();
  EXPECT_EQ(MatchCondition(std::string(100'000, '('), pods), kUnknown);
  EXPECT_EQ(MatchCondition(std::string(100'000, '!') + "true", pods), kYes);
  EXPECT_EQ(MatchCondition(std::string(100'000, '['), pods), kUnknown);
  std::string loops = "true";
  for (int i = 0; i < 20; ++i) loops = "request.groups.all(g, " + loops + ")";
  EXPECT_EQ(MatchCondition(loops, pods), kUnknown);
  for (const char* broken :
       {"", "'", "request", "request.", "has(", "a.b", "true true", "1", "request.groups.exists(",
        R"x("\\")x", "request.groups", "'x'", "'a\n' == 'a'"})
    EXPECT_EQ(MatchCondition(broken, pods), kUnknown) << broken;
}

TEST(MatchCondition, OneThatIsFalseDecidesAmongAll) {
  const std::string fails = "request.nonResourceAttributes.path == '/'";
  EXPECT_EQ(MatchConditions({}, Pods()), kYes);
  EXPECT_EQ(MatchConditions({fails, "false"}, Pods()), kNo);
  EXPECT_EQ(MatchConditions({"dyn(1) == 2", "false"}, Pods()), kNo);
  EXPECT_EQ(MatchConditions({fails, "true"}, Pods()), kError);
  EXPECT_EQ(MatchConditions({fails, "dyn(1) == 1"}, Pods()), kUnknown);
}

}  // namespace
}  // namespace seawall::rbac
