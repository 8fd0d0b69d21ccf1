// Recipe rows 2a and 3b: who sees what is sent to the API server, and who answers in its place.
#include <fmt/format.h>

#include "base/text.h"
#include "rules/api_grants.h"
#include "rules/api_rules.h"

namespace seawall::rules {
namespace {

using cluster::ApiFacts;
using cluster::Webhook;

constexpr const char* kHooks =
    "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/";

std::string Object(const Webhook& hook) { return hook.kind + " " + hook.configuration; }

template <typename Judge>
Outcome EachHook(const ApiFacts& facts, bool mutating_too, Judge judge) {
  Tally tally;
  if (Known(facts.validating, tally)) {
    for (const Webhook& hook : facts.validating.value) judge(hook, tally);
  }
  if (mutating_too && Known(facts.mutating, tally)) {
    for (const Webhook& hook : facts.mutating.value) judge(hook, tally);
  }
  return std::move(tally).Done("there is no such webhook");
}

Outcome HooksUseTls(const Rule&, const Context& context) {
  return EachHook(*context.node.api, true, [](const Webhook& hook, Tally& tally) {
    if (hook.url.empty()) {
      // A service is always called by TLS; without a CA the system's roots are trusted, and no
      // public CA signs for NAME.NAMESPACE.svc.
      Evidence evidence = OfApi(Object(hook), hook.name + ".clientConfig.caBundle",
                                hook.has_ca ? "given" : "not given");
      if (hook.has_ca) return tally.Good(std::move(evidence));
      return tally.Bad(std::move(evidence), fmt::format("{}: {} names no caBundle for {}",
                                                        Object(hook), hook.name, hook.service));
    }
    Evidence evidence = OfApi(Object(hook), hook.name + ".clientConfig.url", hook.url);
    if (Lower(hook.url).starts_with("https://")) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence), fmt::format("{}: {} is called without TLS ({})", Object(hook),
                                               hook.name, PrintableShort(hook.url, 100)));
  });
}

Outcome ValidationFails(const Rule&, const Context& context) {
  return EachHook(*context.node.api, false, [](const Webhook& hook, Tally& tally) {
    Evidence evidence = OfApi(Object(hook), hook.name + ".failurePolicy", hook.failure_policy);
    if (hook.failure_policy == "Fail") return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence), fmt::format("{}: {} has failurePolicy {}", Object(hook),
                                               hook.name, PrintableShort(hook.failure_policy, 40)));
  });
}

Outcome HooksAreNarrow(const Rule&, const Context& context) {
  return EachHook(*context.node.api, true, [](const Webhook& hook, Tally& tally) {
    Evidence evidence =
        OfApi(Object(hook), hook.name + ".rules", hook.everything ? "everything" : "narrowed");
    if (!hook.everything) return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{}: {} is asked about everything{}", Object(hook), hook.name,
                          hook.failure_policy == "Fail"
                              ? ", and nothing can be done while it does not answer"
                              : ""));
  });
}

Outcome HooksSeeNoSecrets(const Rule&, const Context& context) {
  return EachHook(*context.node.api, true, [](const Webhook& hook, Tally& tally) {
    Evidence evidence = OfApi(Object(hook), hook.name + ".rules",
                              hook.sees_secrets ? "Secrets too" : "without Secrets");
    if (!hook.sees_secrets) return tally.Good(std::move(evidence));
    tally.Bad(
        std::move(evidence),
        fmt::format("{}: {} is sent every Secret that is written ({})", Object(hook), hook.name,
                    hook.url.empty() ? hook.service : PrintableShort(hook.url, 100)));
  });
}

Outcome ServicesAreVerified(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (Known(facts.services, tally)) {
    for (const cluster::ApiService& service : facts.services.value) {
      if (service.service.empty()) continue;
      Evidence evidence = OfApi("APIService " + service.name, "insecureSkipTLSVerify",
                                service.insecure ? "true" : "false");
      if (!service.insecure) {
        tally.Good(std::move(evidence));
      } else {
        tally.Bad(std::move(evidence),
                  fmt::format("APIService {} does not verify {}", service.name, service.service));
      }
    }
  }
  return std::move(tally).Done("no API is aggregated");
}

Outcome FrontProxyIsApart(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  const std::string object = "ConfigMap kube-system/extension-apiserver-authentication";
  if (Known(facts.front_proxy, tally)) {
    const cluster::FrontProxy& proxy = facts.front_proxy.value;
    if (!proxy.request_ca) return NotApplicable("the API servers trust no front proxy");
    const std::string names = Join(proxy.allowed_names, ",");
    Evidence evidence =
        OfApi(object, "requestheader-allowed-names", names.empty() ? "every name" : names);
    if (proxy.same_ca) {
      tally.Bad(OfApi(object, "requestheader-client-ca-file", "the same as client-ca-file"),
                proxy.allowed_names.empty()
                    ? "whoever has a client certificate may say in a header who he is: "
                      "requestheader-client-ca-file is client-ca-file, and every name is allowed"
                    : "requestheader-client-ca-file is client-ca-file: a client certificate with "
                      "the name " +
                          names + " may say in a header who it is");
    } else {
      tally.Good(std::move(evidence));
    }
  }
  return std::move(tally).Done("");
}

Outcome NoUnfinishedApis(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (Known(facts.served, tally)) {
    for (const cluster::ApiVersion& one : facts.served.value) {
      tally.Bad(OfApi("/apis", "version", one.group_version), one.group_version + " is served");
    }
    if (facts.served.value.empty()) tally.Good(OfApi("/apis", "alpha and beta versions", "none"));
  }
  return std::move(tally).Done("");
}

Outcome NoDeprecatedCalls(const Rule&, const Context& context) {
  const ApiFacts& facts = *context.node.api;
  Tally tally;
  if (Known(facts.requested, tally)) {
    for (const cluster::ApiVersion& one : facts.requested.value) {
      Evidence evidence = OfApi("/metrics", "apiserver_requested_deprecated_apis",
                                one.group_version + " " + one.resource);
      // Some are deprecated without an end (v1 Endpoints), and Kubernetes itself asks for them.
      if (one.removed_in.empty()) {
        tally.Good(std::move(evidence));
        continue;
      }
      tally.Bad(std::move(evidence),
                fmt::format("{} of {} is asked for, which {} takes away",
                            PrintableShort(one.resource, 80), PrintableShort(one.group_version, 80),
                            PrintableShort(one.removed_in, 20)));
    }
    // Each API server counts what it was asked itself, and one of them answered.
    if (!tally.failed() && facts.servers.known() && facts.servers.value.size() > 1) {
      tally.Unknown(fmt::format("one of {} API servers was asked, and each counts for itself",
                                facts.servers.value.size()),
                    "ask each of them: name it as the server of a kubeconfig");
    }
    if (facts.requested.value.empty())
      tally.Good(OfApi("/metrics", "apiserver_requested_deprecated_apis", "none"));
  }
  return std::move(tally).Done("");
}

constexpr Rule kRules[] = {
    {.id = "cluster-webhook-tls",
     .title = "Admission webhooks are called by TLS and verified",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = HooksUseTls,
     .expected = "https in clientConfig.url, a caBundle for a service",
     .remedy = "set clientConfig.caBundle (or an https url) in {where}",
     .why = "The API server sends the whole object, Secrets too, and does what the answer says.",
     .link = kHooks},
    {.id = "cluster-aggregated-tls",
     .title = "Aggregated API servers are verified",
     .row = "2a",
     .severity = Severity::kHigh,
     .target = Target::kCluster,
     .check = ServicesAreVerified,
     .expected = "insecureSkipTLSVerify: false with a caBundle",
     .remedy = "set spec.caBundle and take insecureSkipTLSVerify out of {where}",
     .why = "Whoever is between the API server and the other one reads and changes what users ask "
            "for, and learns who they are.",
     .link = "https://kubernetes.io/docs/tasks/extend-kubernetes/setup-extension-api-server/"},
    {.id = "cluster-front-proxy-ca",
     .title = "The CA of front proxies signs no client certificates",
     .row = "4",
     .severity = Severity::kCritical,
     .target = Target::kCluster,
     .check = FrontProxyIsApart,
     .expected = "requestheader-client-ca-file differs from client-ca-file",
     .remedy = "make a CA for front proxies alone, and name it with --requestheader-client-ca-file",
     .why = "A front proxy says in a header who is asking, and the API server believes it.",
     .link = "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/"},
    {.id = "cluster-webhook-failure-policy",
     .title = "Validating webhooks refuse what they could not look at",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = ValidationFails,
     .expected = "failurePolicy: Fail",
     .remedy = "set failurePolicy: Fail in {where}, with a namespaceSelector that leaves out what "
               "the webhook itself needs",
     .why = "With Ignore a policy holds only while its server answers in time.",
     .link = kHooks},
    {.id = "cluster-webhook-scope",
     .title = "Admission webhooks are asked only about what they need",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = HooksAreNarrow,
     .expected = "rules that name groups and resources, or a selector or matchConditions",
     .remedy = "name the groups and resources in rules, or narrow it by namespaceSelector, in "
               "{where}",
     .why = "A webhook that is asked about everything sees everything, and stops everything when "
            "it is gone.",
     .link = kHooks},
    {.id = "cluster-webhook-secrets",
     .title = "Admission webhooks are not sent Secrets",
     .row = "6b",
     .severity = Severity::kMedium,
     .target = Target::kCluster,
     .check = HooksSeeNoSecrets,
     .expected = "no rule of a webhook takes in secrets",
     .remedy = "take secrets (and \"*\") out of the rules of {where}",
     .why = "It gets them in clear, however well they are encrypted in etcd.",
     .link = kHooks},
    {.id = "cluster-unfinished-apis",
     .title = "No alpha or beta version of Kubernetes' own APIs is served",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kCluster,
     .check = NoUnfinishedApis,
     .expected = "/apis lists none",
     .remedy = "take it out of --runtime-config of every API server",
     .why = "They have had less testing, and go away; what was stored with them is then lost to "
            "its users.",
     .link = "https://kubernetes.io/docs/reference/using-api/#api-versioning"},
    {.id = "cluster-deprecated-calls",
     .title = "Nobody asks for API versions that are going away",
     .row = "1",
     .severity = Severity::kLow,
     .target = Target::kCluster,
     .check = NoDeprecatedCalls,
     .expected = "apiserver_requested_deprecated_apis names none with a removed_release",
     .remedy = "find the client in the audit log (annotation k8s.io/deprecated: true) and renew it",
     .why =
         "The client stops working at the upgrade that takes the version away, so the upgrade is "
         "put off.",
     .link = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"},
};

}  // namespace

std::span<const Rule> ApiAdmissionRules() { return kRules; }

}  // namespace seawall::rules
