// Recipe rows 3a, RBAC on, and 3c, ABAC off: who decides what a request may do, by flag or by
// AuthorizationConfiguration (CIS 1.2.6 to 1.2.8).
#include <fmt/format.h>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/control_plane_rules.h"

namespace seawall::rules {
namespace {

using cluster::Component;
using cluster::Item;
using cluster::Setting;
namespace kinds = cluster::kinds;

constexpr const char* kAuthorization =
    "https://kubernetes.io/docs/reference/access-authn-authz/authorization/";
constexpr const char* kRbac = "https://kubernetes.io/docs/reference/access-authn-authz/rbac/";
constexpr const char* kAbac = "https://kubernetes.io/docs/reference/access-authn-authz/abac/";
constexpr const char* kNode = "https://kubernetes.io/docs/reference/access-authn-authz/node/";
constexpr const char* kWebhook = "https://kubernetes.io/docs/reference/access-authn-authz/webhook/";

/// The authorizers that really decide, in their order, wherever they are written.
struct Deciders {
  struct One {
    std::string type;
    Evidence evidence;
  };
  std::vector<One> all;
  std::string words;           ///< "Node, RBAC (--authorization-mode)"
  std::optional<Outcome> end;  ///< when they cannot be known
  bool refused = false;        ///< the file is one that kube-apiserver refuses: no pass

  const One* Of(std::string_view type) const {
    for (const One& one : all) {
      if (one.type == type) return &one;
    }
    return nullptr;
  }
};

void FromFile(const kinds::Loaded<kinds::AuthorizationConfiguration>& loaded, Deciders& deciders) {
  std::vector<std::string> types;
  for (const kinds::Authorizer& authorizer : loaded->authorizers) {
    deciders.all.push_back(
        {authorizer.type.value,
         EvidenceIn("authorizers.type", authorizer.type.value, authorizer.type.place)});
    types.push_back(PrintableShort(authorizer.type.value, 60));
  }
  deciders.words = fmt::format("the authorizers are {} ({})", Join(types, ", "), loaded.path);
}

void FromFlag(const Component& component, const Setting& mode, Deciders& deciders) {
  // With neither the flag nor the file kube-apiserver allows everything, whatever the table of
  // defaults prints.
  if (mode.items.empty()) {
    Evidence evidence = EvidenceOf(mode);
    evidence.value = "AlwaysAllow";
    deciders.all.push_back({"AlwaysAllow", std::move(evidence)});
  }
  for (const Item& item : mode.items) deciders.all.push_back({item.text, EvidenceOf(mode, item)});
  deciders.words =
      mode.items.empty()
          ? "neither --authorization-mode nor --authorization-config is set: AlwaysAllow"
          : Says(component, mode);
}

Deciders Find(const Context& context) {
  const Component& component = *context.component;
  Deciders deciders;
  const auto loaded = kinds::LoadAuthorization(context.node, component);
  const bool no_file = loaded.state == kinds::LoadState::kNotSet ||
                       loaded.setting.state == cluster::SettingState::kAbsent;
  if (!no_file) {
    deciders.end = EndOf(context, loaded, Verdict::kUnknown);
    if (deciders.end) return deciders;
    deciders.refused = loaded.state == kinds::LoadState::kRefused;
    FromFile(loaded, deciders);
    return deciders;
  }
  const Setting mode = component.Get("authorization-mode");
  if (!mode.known()) {
    deciders.end = UnknownSetting(component, mode);
  } else {
    FromFlag(component, mode, deciders);
  }
  return deciders;
}

Outcome PassUnlessRefused(const Deciders& deciders) {
  if (deciders.refused) {
    return Unknown(deciders.words + ", in a file that kube-apiserver refuses",
                   "mend the file that --authorization-config names");
  }
  std::vector<Evidence> evidence;
  for (const Deciders::One& one : deciders.all) evidence.push_back(one.evidence);
  return Pass(deciders.words, std::move(evidence));
}

Outcome Decides(const Rule& rule, const Context& context) {
  const Deciders deciders = Find(context);
  if (deciders.end) return *deciders.end;
  if (deciders.Of(rule.wanted) != nullptr) return PassUnlessRefused(deciders);
  std::vector<Evidence> evidence;
  for (const Deciders::One& one : deciders.all) evidence.push_back(one.evidence);
  return Fails(fmt::format("{}: no {}", deciders.words, rule.wanted), std::move(evidence));
}

Outcome DoesNotDecide(const Rule& rule, const Context& context) {
  const Deciders deciders = Find(context);
  if (deciders.end) return *deciders.end;
  if (const Deciders::One* one = deciders.Of(rule.wanted))
    return Fails(deciders.words, {one->evidence});
  return PassUnlessRefused(deciders);
}

/// Judges each webhook of the configuration file with `judge`.
template <typename Judge>
Outcome ForWebhooks(const Context& context, Judge judge) {
  const auto loaded = kinds::LoadAuthorization(context.node, *context.component);
  if (auto end = EndOf(context, loaded, Verdict::kNotApplicable)) return *end;
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
  const Deciders deciders = Find(context);
  if (deciders.end) return *deciders.end;
  if (deciders.Of("Webhook") == nullptr) return NotApplicable("no webhook decides");
  const auto loaded = kinds::LoadAuthorization(context.node, *context.component);
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
  const Deciders deciders = Find(context);
  if (deciders.end) return *deciders.end;
  if (deciders.Of("Webhook") == nullptr) return NotApplicable("no webhook decides");
  const auto loaded = kinds::LoadAuthorization(context.node, *context.component);
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
