#include "review/recorded.h"

#include <gtest/gtest.h>

namespace seawall::review {
namespace {

std::string WhyNot(const std::string& rules, const Requester& who, const Requests& what) {
  Recorder recorder;
  auto ok = recorder.Add("p", "apiVersion: audit.k8s.io/v1\nkind: Policy\n" + rules);
  EXPECT_TRUE(ok) << ok.error().ToString();
  return recorder.WhyNot(who, what).value_or("");
}

Requester User(std::string name, std::set<std::string, std::less<>> groups = {}) {
  return {.group = false, .seen = !groups.empty(), .name = std::move(name), .groups = groups};
}
Requests Of(std::string_view verb, std::string_view resource, std::string_view group = "") {
  Requests what;
  what.verb = verb;
  what.resource = resource;
  what.group = group;
  what.space = "shop";
  return what;
}

constexpr const char* kNone = "rules: [{level: None, ";
std::string None(const std::string& rest) { return kNone + rest + "}, {level: Metadata}]\n"; }

TEST(Recorder, TheFirstRuleThatSpeaksOfARequestDecides) {
  const Requester ann = User("ann", {"devs"});
  EXPECT_EQ(WhyNot("rules: [{level: Metadata}]\n", ann, Of("get", "pods")), "");
  EXPECT_EQ(WhyNot(None("resources: [{group: '', resources: [secrets]}]"), ann, Of("get", "pods")),
            "");
  EXPECT_NE(
      WhyNot(None("resources: [{group: '', resources: [secrets]}]"), ann, Of("get", "secrets")),
      "");
  // What an earlier rule records is recorded.
  EXPECT_EQ(WhyNot("rules: [{level: Metadata, resources: [{group: '', resources: [secrets]}]}, "
                   "{level: None}]\n",
                   ann, Of("get", "secrets")),
            "");
  EXPECT_NE(WhyNot("rules: [{level: Metadata, resources: [{group: '', resources: [secrets]}]}]\n",
                   ann, Of("get", "pods")),
            "");  // no rule at all
}

TEST(Recorder, PartsCount) {
  const Requester ann = User("ann", {"devs"});
  const std::string some = None("resources: [{group: '', resources: [secrets]}]");
  EXPECT_NE(WhyNot(some, ann, Of("*", "*", "*")), "");
  EXPECT_EQ(WhyNot(some, ann, Of("*", "*", "apps")), "");
  const std::string named =
      None("resources: [{group: '', resources: [configmaps], resourceNames: [lock]}]");
  EXPECT_NE(WhyNot(named, ann, Of("get", "configmaps")), "");
  Requests one = Of("get", "configmaps");
  one.name = "other";
  EXPECT_EQ(WhyNot(named, ann, one), "");
  EXPECT_NE(WhyNot(None("verbs: [watch]"), ann, Of("watch", "pods")), "");
  EXPECT_EQ(WhyNot(None("verbs: [watch]"), ann, Of("get", "pods")), "");
  EXPECT_NE(WhyNot(None("verbs: [watch]"), ann, Of("*", "pods")), "");
  EXPECT_EQ(WhyNot(None("namespaces: [kube-system]"), ann, Of("get", "pods")), "");
  Requests everywhere = Of("get", "pods");
  everywhere.everywhere = true;
  EXPECT_NE(WhyNot(None("namespaces: [kube-system]"), ann, everywhere), "");
  EXPECT_NE(WhyNot(None("resources: [{group: '', resources: ['pods/*']}]"), ann,
                   Of("create", "pods/exec")),
            "");
  EXPECT_NE(
      WhyNot(None("resources: [{group: '', resources: ['*/log']}]"), ann, Of("get", "pods/log")),
      "");
}

TEST(Recorder, WhoAsksCounts) {
  const std::string own = None("users: ['system:kube-proxy']");
  const Requester devs{.group = true, .seen = false, .name = "devs", .groups = {}};
  EXPECT_EQ(WhyNot(own, User("ann"), Of("get", "pods")), "");
  EXPECT_EQ(WhyNot(own, devs, Of("get", "pods")), "");
  EXPECT_NE(WhyNot(None("users: [ann]"), devs, Of("get", "pods")), "");  // she may be in it
  const std::string group = None("userGroups: [quiet]");
  EXPECT_EQ(WhyNot(group, User("ann", {"devs"}), Of("get", "pods")), "");
  EXPECT_NE(WhyNot(group, User("ann", {"quiet"}), Of("get", "pods")), "");
  EXPECT_NE(WhyNot(group, User("ann"), Of("get", "pods")), "");  // never seen: who knows
  EXPECT_EQ(WhyNot(group, User("system:serviceaccount:shop:ci"), Of("get", "pods")), "");
  EXPECT_NE(WhyNot(None("userGroups: ['system:serviceaccounts:shop']"),
                   User("system:serviceaccount:shop:ci"), Of("get", "pods")),
            "");
  EXPECT_NE(WhyNot(None("userGroups: ['system:authenticated']"), User("ann"), Of("get", "pods")),
            "");
}

TEST(Recorder, StagesThatAreLeftOut) {
  const Requester ann = User("ann", {"devs"});
  EXPECT_EQ(
      WhyNot("omitStages: [RequestReceived]\nrules: [{level: Metadata}]\n", ann, Of("get", "pods")),
      "");
  EXPECT_NE(WhyNot("omitStages: [ResponseComplete]\nrules: [{level: Metadata}]\n", ann,
                   Of("get", "pods")),
            "");
  EXPECT_EQ(WhyNot("omitStages: [ResponseComplete]\nrules: [{level: Metadata}]\n", ann,
                   Of("watch", "pods")),
            "");
}

TEST(Recorder, Urls) {
  const Requester ann = User("ann", {"devs"});
  Requests url;
  url.is_url = true;
  url.verb = "get";
  url.url = "/apis/x";
  const std::string quiet = None("nonResourceURLs: ['/healthz*', /version]");
  EXPECT_EQ(WhyNot(quiet, ann, url), "");
  url.url = "/healthz/ping";
  EXPECT_NE(WhyNot(quiet, ann, url), "");
  url.url = "/*";
  EXPECT_NE(WhyNot(quiet, ann, url), "");
  EXPECT_EQ(WhyNot(quiet, ann, Of("get", "pods")), "");
}

TEST(Recorder, WhatOnlyOthersAskAbout) {
  EXPECT_TRUE(AskedElsewhere(Of("approve", "signers", "certificates.k8s.io")));
  EXPECT_TRUE(AskedElsewhere(Of("get", "nodes/metrics")));
  EXPECT_TRUE(AskedElsewhere(Of("update", "things/finalizers", "example.com")));
  EXPECT_FALSE(AskedElsewhere(Of("patch", "nodes/status")));
  EXPECT_FALSE(AskedElsewhere(Of("get", "pods")));
  Requests url;
  url.is_url = true;
  url.verb = "get";
  url.url = "/metrics";
  EXPECT_TRUE(AskedElsewhere(url));
  url.url = "/version";
  EXPECT_FALSE(AskedElsewhere(url));
}

TEST(AskedElsewhere, NoRequestHasAnotherVerb) {
  for (const char* verb : {"get", "deletecollection", "*", "impersonate", "impersonate:user-info",
                           "impersonate-on:serviceaccount:get"})
    EXPECT_FALSE(AskedElsewhere(Of(verb, "pods"))) << verb;
  for (const char* verb : {"bind", "use", "request-serviceaccounts-token-audience",
                           "unsafe-delete-ignore-read-errors", "knative-escape", "GET"})
    EXPECT_TRUE(AskedElsewhere(Of(verb, "pods"))) << verb;
  EXPECT_TRUE(AskedElsewhere(Of("*", "signers", "certificates.k8s.io")));
  EXPECT_TRUE(AskedElsewhere(Of("update", "resourceclaims/binding", "resource.k8s.io")));
  EXPECT_FALSE(AskedElsewhere(Of("update", "resourceclaims/status", "resource.k8s.io")));
}

TEST(ShownBy, ImpersonationIsSeenInEveryRequestOnly) {
  const auto why = [](const std::string& rules, const Requests& what) {
    std::string all;
    for (const Requests& shown : ShownBy(what)) all += WhyNot(rules, User("ann", {"devs"}), shown);
    return all;
  };
  const std::string secrets = None("resources: [{group: '', resources: [secrets]}]");
  const std::string health = None("nonResourceURLs: [/healthz]");
  for (const char* verb : {"impersonate", "impersonate:user-info", "*"}) {
    EXPECT_EQ(why("rules: [{level: Metadata}]\n", Of(verb, "users")), "") << verb;
    EXPECT_NE(why(secrets, Of(verb, "users")), "") << verb;
    EXPECT_NE(why(health, Of(verb, "users")), "") << verb;
  }
  EXPECT_EQ(why(secrets, Of("impersonate-on:user-info:get", "pods")), "");
  EXPECT_NE(why(secrets, Of("impersonate-on:user-info:get", "secrets")), "");
  EXPECT_NE(why(None("verbs: [get]"), Of("impersonate-on:user-info:get", "pods")), "");
  EXPECT_EQ(why(secrets, Of("*", "pods")), "");
}

}  // namespace
}  // namespace seawall::review
