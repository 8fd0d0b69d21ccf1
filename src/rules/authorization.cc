// Recipe rows 3a, RBAC on, and 3c, ABAC off: who decides what a request may do, by flag or by
// AuthorizationConfiguration (CIS 1.2.6 to 1.2.8).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/authorization.h"
#include "cluster/kinds/load.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

using cluster::Setting;
namespace kinds = cluster::kinds;

constexpr const char* kAuthorization =
    "https://kubernetes.io/docs/reference/access-authn-authz/authorization/";
constexpr const char* kRbac = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";
constexpr const char* kAbac = "https://kubernetes.io/docs/reference/access-authn-authz/abac/";
constexpr const char* kNode = "https://kubernetes.io/docs/reference/access-authn-authz/node/";
constexpr const char* kWebhook = "https://kubernetes.io/docs/reference/access-authn-authz/webhook/";

Evidence EvidenceOfOne(const cluster::AuthorizationChain& chain,
                       const cluster::AuthorizerUse& authorizer) {
  Evidence evidence = EvidenceOf(chain.setting);
  if (chain.setting.name == "authorization-config")
    evidence = EvidenceIn("authorizers.type", "", authorizer.place);
  evidence.value = authorizer.type;
  if (!authorizer.place.file.empty()) evidence.place = authorizer.place;
  return evidence;
}

std::vector<Evidence> EvidenceOfAll(const cluster::AuthorizationChain& chain) {
  std::vector<Evidence> evidence;
  for (const cluster::AuthorizerUse& authorizer : chain.authorizers) {
    evidence.push_back(EvidenceOfOne(chain, authorizer));
  }
  return evidence;
}

/// "the authorizers are Node, RBAC (--authorization-mode)".
std::string Words(const Context& context, const cluster::AuthorizationChain& chain) {
  const bool nobody = !chain.setting.written() && chain.authorizers.size() == 1 &&
                      chain.authorizers[0].type == "AlwaysAllow";
  if (nobody) return "neither --authorization-mode nor --authorization-config is set: AlwaysAllow";
  std::vector<std::string> types;
  for (const cluster::AuthorizerUse& authorizer : chain.authorizers) {
    types.push_back(PrintableShort(authorizer.type, 60));
  }
  return fmt::format("the authorizers are {} ({})", Join(types, ", "),
                     NameOf(*context.component, chain.setting));
}

Outcome UnknownChain(const cluster::AuthorizationChain& chain) {
  return Unknown("which authorizers decide cannot be known: " + chain.why, chain.how);
}

Outcome Decides(const Rule& rule, const Context& context) {
  const cluster::AuthorizationChain chain =
      cluster::EffectiveAuthorization(context.node, *context.component);
  if (!chain.known) return UnknownChain(chain);
  if (chain.Of(rule.wanted) != nullptr) return Pass(Words(context, chain), EvidenceOfAll(chain));
  return Fails(fmt::format("{}: no {}", Words(context, chain), rule.wanted), EvidenceOfAll(chain));
}

Outcome DoesNotDecide(const Rule& rule, const Context& context) {
  const cluster::AuthorizationChain chain =
      cluster::EffectiveAuthorization(context.node, *context.component);
  if (!chain.known) return UnknownChain(chain);
  if (const auto* found = chain.Of(rule.wanted))
    return Fails(Words(context, chain), {EvidenceOfOne(chain, *found)});
  return Pass(Words(context, chain), EvidenceOfAll(chain));
}

/// The end of every rule about webhooks, unless one decides.
std::optional<Outcome> EndWithoutWebhook(const Context& context) {
  const cluster::AuthorizationChain chain =
      cluster::EffectiveAuthorization(context.node, *context.component);
  if (!chain.known) return UnknownChain(chain);
  if (chain.Of("Webhook") == nullptr) return NotApplicable("no webhook decides");
  return std::nullopt;
}

/// Judges each webhook of the configuration file with `judge`.
template <typename Judge>
Outcome ForWebhooks(const Context& context, Judge judge) {
  if (auto end = EndWithoutWebhook(context)) return *end;
  const auto held = Kept(context, "authorization", kinds::LoadAuthorization);
  const auto& loaded = *held;
  if (!loaded.view) return NotApplicable("the webhook is set by flags, which have no such setting");
  Tally tally;
  for (const kinds::Authorizer& authorizer : loaded->authorizers) {
    if (authorizer.webhook) judge(authorizer.name.value, *authorizer.webhook, tally);
  }
  return Trusted(context, loaded, std::move(tally).Done("no webhook decides"));
}

Outcome WebhookFailureDenies(const Rule&, const Context& context) {
  return ForWebhooks(context, [](const std::string& name, const kinds::AuthorizerWebhook& webhook,
                                 Tally& tally) {
    const Evidence evidence =
        EvidenceIn("failurePolicy", webhook.failure_policy.value, webhook.failure_policy.place);
    if (webhook.failure_policy.value == "Deny") {
      tally.Good(evidence);
    } else {
      tally.Bad(evidence,
                fmt::format("when the webhook \"{}\" does not answer, the others decide without it",
                            name));
    }
  });
}

Outcome WebhookTimeoutIsShort(const Rule&, const Context& context) {
  constexpr int64_t kLongest = 10LL * 1000000000;
  return ForWebhooks(context, [](const std::string& name, const kinds::AuthorizerWebhook& webhook,
                                 Tally& tally) {
    const Evidence evidence = EvidenceIn("timeout", webhook.timeout.value, webhook.timeout.place);
    const auto timeout = cluster::ParseDuration(webhook.timeout.value);
    if (!timeout) {
      tally.Unknown(fmt::format("the timeout of the webhook \"{}\" is no duration", name),
                    "mend it");
    } else if (*timeout > kLongest) {
      tally.Bad(evidence, fmt::format("every request may wait {} for the webhook \"{}\"",
                                      webhook.timeout.value, name));
    } else {
      tally.Good(evidence);
    }
  });
}

Outcome WebhookCacheIsShort(const Rule& rule, const Context& context) {
  constexpr int64_t kLongest = 5LL * 60 * 1000000000;
  const auto judge = [&](const Evidence& evidence, std::string_view text, Tally& tally) {
    const auto ttl = cluster::ParseDuration(text);
    if (!ttl) {
      tally.Unknown(fmt::format("{} is no duration", evidence.setting), "mend it");
    } else if (*ttl > kLongest) {
      tally.Bad(evidence, fmt::format("an answer is kept for {}", text));
    } else {
      tally.Good(evidence);
    }
  };
  if (auto end = EndWithoutWebhook(context)) return *end;
  const auto held = Kept(context, "authorization", kinds::LoadAuthorization);
  const auto& loaded = *held;
  Tally tally;
  if (!loaded.view) {
    const Setting setting = context.component->Get(rule.setting);
    if (!setting.known()) return UnknownSetting(*context.component, setting);
    judge(EvidenceOf(setting), setting.text, tally);
    return std::move(tally).Done("");
  }
  for (const kinds::Authorizer& authorizer : loaded->authorizers) {
    if (!authorizer.webhook) continue;
    const auto& ttl = authorizer.webhook->authorized_ttl;
    judge(EvidenceIn("authorizedTTL", ttl.value, ttl.place), ttl.value, tally);
  }
  return Trusted(context, loaded, std::move(tally).Done("no webhook decides"));
}

void JudgeKubeconfig(const Context& context, const std::string& name, const std::string& path,
                     Tally& tally) {
  const auto kubeconfig = kinds::LoadKubeconfigAt(context.node, *context.component, path);
  if (!kubeconfig) {
    tally.Unknown(fmt::format("the kubeconfig of the webhook \"{}\": {}", name, kubeconfig.why),
                  kubeconfig.how);
    return;
  }
  const kinds::KubeconfigCluster* cluster = kubeconfig->CurrentCluster();
  if (cluster == nullptr) {
    tally.Unknown(fmt::format("the kubeconfig of the webhook \"{}\" names no server", name),
                  "look at " + path);
    return;
  }
  Outcome outcome = JudgeServer(*cluster);
  if (outcome.verdict == Verdict::kPass) {
    tally.Good(outcome.evidence.front());
  } else {
    tally.Bad(outcome.evidence.front(), outcome.reason);
  }
}

Outcome WebhookOverTls(const Rule& rule, const Context& context) {
  if (auto end = EndWithoutWebhook(context)) return *end;
  const auto held = Kept(context, "authorization", kinds::LoadAuthorization);
  const auto& loaded = *held;
  if (!loaded.view) return WebhookIsVerified(rule, context);
  Tally tally;
  for (const kinds::Authorizer& authorizer : loaded->authorizers) {
    if (!authorizer.webhook) continue;
    const kinds::AuthorizerWebhook& webhook = *authorizer.webhook;
    if (webhook.connection_type.value == "InClusterConfig") {
      tally.Good(
          EvidenceIn("connectionInfo.type", "InClusterConfig", webhook.connection_type.place));
    } else {
      JudgeKubeconfig(context, authorizer.name.value, webhook.kubeconfig_file.value, tally);
    }
  }
  return Trusted(context, loaded, std::move(tally).Done("no webhook decides"));
}

constexpr Rule kRules[] = {
    {.id = "apiserver-not-always-allow",
     .title = "No authorizer of kube-apiserver allows everything",
     .row = "3a",
     .cis = "1.2.6",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = DoesNotDecide,
     .wanted = "AlwaysAllow",
     .expected = "AlwaysAllow neither in --authorization-mode nor in the file of "
                 "--authorization-config (it is what unset means)",
     .remedy = "set --authorization-mode=Node,RBAC at {where}",
     .why = "With it everybody who reaches kube-apiserver is an administrator.",
     .link = kAuthorization},
    {.id = "apiserver-authorizes-nodes",
     .title = "Kubelets may only touch what belongs to their own node",
     .row = "3a",
     .cis = "1.2.7",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = Decides,
     .wanted = "Node",
     .expected = "the authorizers contain Node",
     .remedy = "set --authorization-mode=Node,RBAC at {where} (in an AuthorizationConfiguration: "
               "add a \"type: Node\")",
     .why = "Without the Node authorizer a kubelet either does not work or may read every Secret "
            "of the cluster.",
     .link = kNode},
    {.id = "apiserver-authorizes-with-rbac",
     .title = "RBAC decides what a request may do",
     .row = "3a",
     .cis = "1.2.8",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = Decides,
     .wanted = "RBAC",
     .expected = "the authorizers contain RBAC",
     .remedy = "set --authorization-mode=Node,RBAC at {where} (in an AuthorizationConfiguration: "
               "add a \"type: RBAC\")",
     .why = "RBAC is the only authorizer whose rules can be kept to least privilege and reviewed "
            "in the cluster itself.",
     .link = kRbac},
    {.id = "apiserver-abac-off",
     .title = "ABAC decides nothing",
     .row = "3c",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = DoesNotDecide,
     .wanted = "ABAC",
     .expected = "ABAC neither in --authorization-mode nor in the file of --authorization-config",
     .remedy =
         "express its policy as RBAC roles and bindings first, then take ABAC away at {where}",
     .why = "ABAC allows what no RBAC review shows, and its file is only read at the start.",
     .link = kAbac},
    {.id = "apiserver-authorization-webhook-denies",
     .title = "A request is denied when an authorization webhook does not answer",
     .row = "3a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = WebhookFailureDenies,
     .setting = "authorization-config",
     .expected = "failurePolicy: Deny",
     .remedy = "write failurePolicy: Deny at {where}, if the webhook is there to deny",
     .why = "With NoOpinion whoever stops the webhook from answering gets past what it would have "
            "denied.",
     .link = kAuthorization},
    {.id = "apiserver-authorization-webhook-timeout",
     .title = "Requests do not wait long for an authorization webhook",
     .row = "3a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = WebhookTimeoutIsShort,
     .setting = "authorization-config",
     .expected = "timeout of at most 10s",
     .remedy = "write timeout: 3s at {where}",
     .why = "Every request waits for the webhook: a slow one stops the cluster.",
     .link = kAuthorization},
    {.id = "apiserver-authorization-webhook-cache",
     .title = "A right that was taken away ends within five minutes",
     .row = "3a",
     .severity = Severity::kLow,
     .target = Target::kApiServer,
     .check = WebhookCacheIsShort,
     .setting = "authorization-webhook-cache-authorized-ttl",
     .expected = "webhook answers are kept for at most 5m (the default)",
     .remedy = "set the time to 5m0s or less at {where}",
     .why = "Until the kept answer ends, somebody whose rights were revoked still has them.",
     .link = kWebhook},
    {.id = "apiserver-authorization-webhook-tls",
     .title = "Authorization webhooks are asked over verified TLS",
     .row = "2a",
     .severity = Severity::kCritical,
     .target = Target::kApiServer,
     .check = WebhookOverTls,
     .setting = "authorization-webhook-config-file",
     .expected = "an https:// server, without insecure-skip-tls-verify",
     .remedy = "use https:// and the server's CA instead of insecure-skip-tls-verify at {where}",
     .why = "Whoever poses as this webhook decides what everybody may do.",
     .link = kWebhook},
};

}  // namespace

std::span<const Rule> AuthorizationRules() { return kRules; }

}  // namespace seawall::rules
