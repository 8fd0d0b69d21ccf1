// Recipe rows 2b and 4: tokens that lie in the cluster, and what joining nodes are shown.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/api_grants.h"
#include "rules/api_rules.h"

namespace seawall::rules {
namespace {

using cluster::ApiFacts;
using cluster::BootstrapToken;

constexpr int64_t kDay = 86400;
constexpr const char* kTokens =
    "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/";

std::string Object(const BootstrapToken& token) { return "Secret kube-system/" + token.secret; }

template <typename Judge>
Outcome EachToken(const ApiFacts& facts, Judge judge) {
  Tally tally;
  if (Known(facts.bootstrap_tokens, tally)) {
    for (const BootstrapToken& token : facts.bootstrap_tokens.value) judge(token, tally);
  }
  return std::move(tally).Done("there is no bootstrap token");
}

Outcome TokensEnd(const Rule&, const Context& context) {
  const int64_t now = context.now;
  return EachToken(*context.node.api, [now](const BootstrapToken& token, Tally& tally) {
    Evidence evidence =
        OfApi(Object(token), "expiration", token.expiration.empty() ? "never" : token.expiration);
    if (token.expiration.empty())
      return tally.Bad(std::move(evidence), Object(token) + " never ends");
    if (!token.ends)
      return tally.Bad(std::move(evidence),
                       Object(token) + " has an expiration that is no time: it is not taken away");
    if (*token.ends <= now) {
      return tally.Bad(std::move(evidence), Object(token) +
                                                " has ended and is still there: is the controller "
                                                "tokencleaner running?");
    }
    if (*token.ends - now > 7 * kDay) {
      return tally.Bad(std::move(evidence), fmt::format("{} is good for another {} days",
                                                        Object(token), (*token.ends - now) / kDay));
    }
    tally.Good(std::move(evidence));
  });
}

Outcome TokenGroups(const Rule&, const Context& context) {
  return EachToken(*context.node.api, [](const BootstrapToken& token, Tally& tally) {
    const std::string groups = Join(token.groups, ",");
    Evidence evidence = OfApi(Object(token), "auth-extra-groups", groups.empty() ? "none" : groups);
    const auto own = [](const std::string& group) {
      return group == "system:bootstrappers" || group.starts_with("system:bootstrappers:");
    };
    const auto foreign = std::ranges::find_if_not(token.groups, own);
    if (foreign == token.groups.end()) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{} is in the group {}", Object(token), PrintableShort(*foreign, 80)));
  });
}

Outcome LegacyTokens(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (Known(facts.legacy_tokens, tally)) {
    for (const cluster::LegacyToken& token : facts.legacy_tokens.value) {
      const std::string object = fmt::format("Secret {}/{}", token.space, token.name);
      Evidence evidence =
          OfApi(object, "last used", token.last_used.empty() ? "not recorded" : token.last_used);
      tally.Bad(
          std::move(evidence),
          fmt::format("{} holds a login of {} that never ends{}", object,
                      token.account.empty() ? "a service account" : token.account,
                      token.invalid_since.empty() ? "" : ", invalid since " + token.invalid_since));
    }
    if (facts.legacy_tokens.value.empty())
      tally.Good(OfApi("Secrets", "service account logins", "none"));
  }
  return std::move(tally).Done("");
}

/// kubeadm lets strangers read it so that nodes can join; without a token that signs it nobody can.
Outcome ClusterInfo(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  bool open = false;
  Evidence seen;
  const bool known = Known(facts.cluster_info, tally);
  if (known && !facts.cluster_info.value)
    return NotApplicable("there is no ConfigMap kube-public/cluster-info");
  EachGrant(
      facts,
      [](const cluster::RbacBinding& binding, const cluster::RbacSubject& subject) {
        return (binding.space.empty() || binding.space == "kube-public") &&
               ((subject.kind == "User" && subject.name == "system:anonymous") ||
                (subject.kind == "Group" && subject.name == "system:unauthenticated"));
      },
      tally,
      [&](const Grant& grant) {
        for (const cluster::PolicyRule& rule : grant.role.rules) {
          const bool named = rule.names.empty() || Allows(rule.names, "cluster-info");
          if (!named || !Allows(rule.resources, "configmaps") || !Allows(rule.verbs, "get"))
            continue;
          open = true;
          seen = grant.Seen();
        }
      });
  if (!open) {
    if (tally.empty()) return Pass("strangers may not read kube-public/cluster-info");
    return std::move(tally).Done("");
  }
  if (!Known(facts.bootstrap_tokens, tally)) return std::move(tally).Done("");
  const auto joins = [&](const BootstrapToken& token) {
    return (token.expiration.empty() || (token.ends && *token.ends > context.now)) &&
           std::ranges::find(token.usages, "signing") != token.usages.end();
  };
  if (std::ranges::any_of(facts.bootstrap_tokens.value, joins))
    return Pass("strangers may read it while nodes can join", {seen});
  return Fails("strangers may read it, and no bootstrap token is left with which a node could join",
               {seen});
}

constexpr Rule kRules[] = {
    {.id = "cluster-bootstrap-token-expiry",
     .title = "Bootstrap tokens end within a week",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = TokensEnd,
     .expected = "an expiration within 7 days",
     .remedy = "kubeadm token delete ID, and kubeadm token create --ttl 2h when a node is to join",
     .why = "Whoever has the token can become a node of the cluster.",
     .link = kTokens},
    {.id = "cluster-bootstrap-token-groups",
     .title = "Bootstrap tokens are in groups of bootstrappers only",
     .row = "2b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = TokenGroups,
     .expected = "auth-extra-groups begin with system:bootstrappers:",
     .remedy = "make a new one with kubeadm token create --groups "
               "system:bootstrappers:kubeadm:default-node-token, and delete {where}",
     .why = "What is bound to the other group is given to whoever has the token.",
     .link = kTokens},
    {.id = "cluster-info-closed",
     .title = "Strangers can read cluster-info only while nodes can join",
     .row = "2b",
     .severity = Severity::kLow,
     .target = Target::kCluster,
     .check = ClusterInfo,
     .expected = "no binding of system:anonymous in kube-public, or a bootstrap token that signs",
     .remedy = "kubectl -n kube-public delete rolebinding kubeadm:bootstrap-signer-clusterinfo",
     .why = "It tells everybody the cluster's address and its CA.",
     .link = "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/"
             "#turning-off-public-access-to-the-cluster-info-configmap"},
    {.id = "cluster-legacy-tokens",
     .title = "No Secret holds a service account's token",
     .row = "4",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = LegacyTokens,
     .expected = "no Secret of type kubernetes.io/service-account-token",
     .remedy = "use kubectl create token or a projected volume, then kubectl delete the Secret "
               "({where})",
     .why = "Such a token never ends, and whoever may read the Secret has it.",
     .link = "https://kubernetes.io/docs/concepts/configuration/secret/"
             "#serviceaccount-token-secrets"},
};

}  // namespace

std::span<const Rule> ApiTokenRules() { return kRules; }

}  // namespace seawall::rules
