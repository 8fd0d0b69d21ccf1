// What questions carry beyond RBAC's own matter, and what match conditions make of it.
#include "rbac/request_details.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "rbac/match_condition.h"
#include "rbac/question.h"

namespace seawall::rbac {
namespace {

constexpr Match kYes = Match::kYes, kNo = Match::kNo, kError = Match::kError,
                kUnknown = Match::kUnknown;

constexpr const char* kSpecs[] = {
    R"json({"user":"alice","groups":["devs"],"uid":"u-7","extra":{"scopes.example.com/x":["read","write"],"team":["a"],"none":[]},"resourceAttributes":{"verb":"list","namespace":"shop","resource":"pods","version":"v1","fieldSelector":{"requirements":[{"key":"spec.nodeName","operator":"In","values":["n0"]},{"key":"x","operator":"Exists"},{"key":"metadata.name","operator":"NotIn","values":["b"]}]},"labelSelector":{"requirements":[{"key":"app","operator":"In","values":["web","db"]},{"key":"example.com/tier","operator":"Exists"},{"key":"old","operator":"Gt","values":["1"]}]}}})json",
    R"json({"user":"bob","resourceAttributes":{"verb":"watch","resource":"nodes","group":"","fieldSelector":{"rawSelector":"metadata.name=n0,spec.a!=x\\,y,b==c"},"labelSelector":null}})json",
    R"json({"groups":["g"],"extra":null,"nonResourceAttributes":{"verb":"get","path":"/healthz"}})json",
    R"json({"user":"d","resourceAttributes":{"verb":"list","resource":"pods","fieldSelector":{"rawSelector":"bad"},"labelSelector":{"requirements":[{"key":"old","operator":"Gt","values":["1"]}]}}})json",
};
struct Row {
  const char* expression;
  Match of[4];
};
/// As k8s.io/apiserver/pkg/authorization/cel 0.37.2 answered, each spec made into attributes and
/// those into the webhook's review as kube-apiserver 1.37.2 does.
constexpr Row kRows[] = {
    {R"cel(request.uid == 'u-7')cel", {kYes, kNo, kNo, kNo}},
    {R"cel(request.uid == '')cel", {kNo, kYes, kYes, kYes}},
    {R"cel(has(request.uid))cel", {kYes, kYes, kYes, kYes}},
    {R"cel(has(request.extra))cel", {kYes, kYes, kYes, kYes}},
    {R"cel('team' in request.extra)cel", {kYes, kNo, kNo, kNo}},
    {R"cel(request.extra['team'] == ['a'])cel", {kYes, kError, kError, kError}},
    {R"cel(request.extra.team == ['a'])cel", {kYes, kError, kError, kError}},
    {R"cel('read' in request.extra['scopes.example.com/x'])cel", {kYes, kError, kError, kError}},
    {R"cel(request.extra['gone'] == ['a'])cel", {kError, kError, kError, kError}},
    {R"cel(has(request.extra.team))cel", {kYes, kNo, kNo, kNo}},
    {R"cel(has(request.extra.gone))cel", {kNo, kNo, kNo, kNo}},
    {R"cel(request.extra.exists(k, k == 'team'))cel", {kYes, kNo, kNo, kNo}},
    {R"cel(request.extra.all(k, k != 'gone'))cel", {kYes, kYes, kYes, kYes}},
    {R"cel(has(request.extra.none) && request.extra.none == [])cel", {kYes, kNo, kNo, kNo}},
    {R"cel('x' in request.extra['none'])cel", {kNo, kError, kError, kError}},
    {R"cel(request.extra['scopes.example.com/x'].exists(s, s.startsWith('wr')))cel",
     {kYes, kError, kError, kError}},
    {R"cel(!('team' in request.extra) || 'a' in request.extra['team'])cel",
     {kYes, kYes, kYes, kYes}},
    {R"cel(request.resourceAttributes.version == 'v1')cel", {kYes, kNo, kError, kNo}},
    {R"cel(request.resourceAttributes.version == '*')cel", {kNo, kYes, kError, kYes}},
    {R"cel(has(request.resourceAttributes.version))cel", {kYes, kYes, kError, kYes}},
    {R"cel(has(request.resourceAttributes.fieldSelector))cel", {kYes, kYes, kError, kNo}},
    {R"cel(has(request.resourceAttributes.labelSelector))cel", {kYes, kNo, kError, kNo}},
    {R"cel(has(request.resourceAttributes.fieldSelector.requirements))cel",
     {kYes, kYes, kError, kError}},
    {R"cel(has(request.resourceAttributes.fieldSelector.rawSelector))cel",
     {kNo, kNo, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.rawSelector == '')cel",
     {kError, kError, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'spec.nodeName' && r.operator == 'In' && 'n0' in r.values))cel",
     {kYes, kNo, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'metadata.name' && r.operator == 'In' && r.values == ['n0']))cel",
     {kNo, kYes, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.requirements.all(r, r.operator == 'In'))cel",
     {kNo, kNo, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'spec.a' && r.operator == 'NotIn' && r.values == ['x,y']))cel",
     {kNo, kYes, kError, kError}},
    {R"cel(request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'x'))cel",
     {kNo, kNo, kError, kError}},
    {R"cel(request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'app' && r.values == ['web', 'db']))cel",
     {kYes, kError, kError, kError}},
    {R"cel(request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'app' && r.values == ['db', 'web']))cel",
     {kNo, kError, kError, kError}},
    {R"cel(request.resourceAttributes.labelSelector.requirements.exists(r, r.operator == 'Exists' && r.values == []))cel",
     {kYes, kError, kError, kError}},
    {R"cel(request.resourceAttributes.labelSelector.requirements.exists(r, has(r.values) && r.operator == 'Exists'))cel",
     {kYes, kError, kError, kError}},
    {R"cel(request.resourceAttributes.labelSelector.requirements.all(r, r.key != 'old'))cel",
     {kYes, kError, kError, kError}},
    {R"cel(has(request.resourceAttributes.fieldSelector) && request.resourceAttributes.fieldSelector.requirements.exists(r, r.key == 'metadata.name'))cel",
     {kYes, kYes, kError, kNo}},
    {R"cel(request.groups == ['devs'])cel", {kYes, kNo, kNo, kNo}},
    {R"cel(['a', 'b'] == ['a'])cel", {kNo, kNo, kNo, kNo}},
};

/// A spec with the bytes that it points into.
struct Asked {
  explicit Asked(std::string spec) : text(std::move(spec)) {
    text += '\0';
    ok = reader.Read(text.data(), text.size() - 1, question);
  }
  Match Of(const std::string& expression) const {
    return MatchCondition(expression, question.attributes());
  }
  std::string text;
  QuestionReader reader;
  Question question;
  bool ok = false;
};

TEST(RequestDetails, MatchConditionsSeeThemAsTheApiServersOwn) {
  for (size_t i = 0; i < std::size(kSpecs); ++i) {
    const Asked asked(kSpecs[i]);
    ASSERT_TRUE(asked.ok) << asked.reader.error();
    for (const Row& row : kRows)
      EXPECT_EQ(asked.Of(row.expression), row.of[i]) << i << row.expression;
  }
}

/// As the API server's own said of 40,000 selectors that were drawn, of which these are some.
TEST(RequestDetails, LabelSelectorsAsText) {
  const std::pair<const char*, const char*> rows[] = {
      {" ", ""},
      {"app=web", "app In web;"},
      {"b!=x , a", "a Exists;b NotIn x;"},
      {"! a,x.io/k in (c,b,,)", "a DoesNotExist;x.io/k In |b|c;"},
      {"a notin (),b==", "a NotIn ;b In ;"},
      {"in in (in,notin),notin", "in In in|notin;notin Exists;"},
      {"a=", "a In ;"},
      {"a,", ""},
      {",a", ""},
      {"a b", ""},
      {"!a=b", ""},
      {"a in b", ""},
      {"a in (b", ""},
      {"a===b", ""},
      {"a>1", "unknown"},
      {"-a", "unknown"},
      {"a=-", "unknown"},
      {"a,a", "unknown"},
  };
  for (const auto& [raw, said] : rows) {
    const auto terms = TermsOfLabels({.raw = raw, .terms = {}});
    std::string text;
    for (const SelectorTerm& term : terms.value_or(std::vector<SelectorTerm>()))
      text += fmt::format("{} {}{}{};", term.key, term.op, term.values.empty() ? "" : " ",
                          fmt::join(term.values, "|"));
    EXPECT_EQ(terms ? text : "unknown", said) << raw;
  }
}

TEST(RequestDetails, AnEditorsMarkInFrontIsNoDamage) {
  const Asked asked("\xEF\xBB\xBF" + std::string(kSpecs[2]));
  ASSERT_TRUE(asked.ok) << asked.reader.error();
  EXPECT_EQ(asked.question.path, "/healthz");
}

TEST(RequestDetails, WhatIsNotReadIsUnknown) {
  const Asked raw(R"json({"user":"u","resourceAttributes":{"verb":"list","resource":"pods",
      "labelSelector":{"rawSelector":"a in (b),a!=c"}}})json");  // in which order, nobody promises
  ASSERT_TRUE(raw.ok) << raw.reader.error();
  EXPECT_EQ(raw.Of("has(request.resourceAttributes.labelSelector)"), kUnknown);
  const Asked odd(R"json({"user":"u","resourceAttributes":{"verb":"list","resource":"pods",
      "labelSelector":{"requirements":[{"key":"-no key-","operator":"Exists"}]}}})json");
  ASSERT_TRUE(odd.ok) << odd.reader.error();
  EXPECT_EQ(odd.Of("has(request.resourceAttributes.labelSelector)"), kUnknown);
  EXPECT_EQ(odd.Of("request.extra == {}"), kUnknown);
  EXPECT_EQ(odd.Of("request.groups.filter(g, g == 'a') == []"), kUnknown);
  // Nothing of it is known of who did not say it.
  const Attributes bare = {.user = "u",
                           .groups = {},
                           .verb = "get",
                           .space = {},
                           .group = {},
                           .resource = "pods",
                           .subresource = {},
                           .name = {},
                           .path = {}};
  for (const char* expression :
       {"request.uid == ''", "'a' in request.extra", "request.resourceAttributes.version == 'v1'"})
    EXPECT_EQ(MatchCondition(expression, bare), kUnknown) << expression;
  EXPECT_EQ(MatchCondition("has(request.resourceAttributes.fieldSelector)", bare), kNo);
}

TEST(RequestDetails, WrongTypesAreErrorsWithTheirField) {
  const std::pair<const char*, const char*> rows[] = {
      {R"json("uid":1)json", "uid is a number"},
      {R"json("extra":[])json", "extra is an array"},
      {R"json("extra":{"a":"b"})json", "a is a string"},
      {R"json("extra":{"a":[1]})json", "an item of a is a number"},
      {R"json("extra":{"a":[{}]})json", "an item of a is an object"},
      {R"json("resourceAttributes":{"fieldSelector":"x"})json", "fieldSelector is a string"},
      {R"json("resourceAttributes":{"labelSelector":{"requirements":{}}})json",
       "requirements is an object"},
      {R"json("resourceAttributes":{"labelSelector":{"requirements":["a"]}})json",
       "an item of requirements is a string"},
      {R"json("resourceAttributes":{"labelSelector":{"requirements":[{"key":[]}]}})json",
       "key is an array"},
      {R"json("resourceAttributes":{"labelSelector":{"requirements":[{"values":"a"}]}})json",
       "values is a string"},
      {R"json("resourceAttributes":{"labelSelector":{}})json",
       "when labelSelector is specified, requirements or rawSelector is required"},
      {R"json("resourceAttributes":{"fieldSelector":{"rawSelector":"a=b","requirements":[{}]}})json",
       "fieldSelector may not have rawSelector and requirements at the same time"},
  };
  for (const auto& [part, why] : rows) {
    const Asked asked(std::string("{\"user\":\"u\",") + part + "}");
    EXPECT_FALSE(asked.ok) << part;
    EXPECT_EQ(asked.reader.error(), why) << part;
  }
}

TEST(RequestDetails, NothingStaysOfTheQuestionBefore) {
  std::string first = kSpecs[0];
  std::string second = R"json({"user":"u","nonResourceAttributes":{"path":"/"}})json";
  QuestionReader reader;
  Question question;
  first += '\0';
  second += '\0';
  ASSERT_TRUE(reader.Read(first.data(), first.size() - 1, question));
  ASSERT_TRUE(reader.Read(second.data(), second.size() - 1, question));
  EXPECT_EQ(
      MatchCondition("request.uid == '' && !('team' in request.extra)", question.attributes()),
      kYes);
  EXPECT_FALSE(question.details.fields || question.details.labels);
}

}  // namespace
}  // namespace seawall::rbac
