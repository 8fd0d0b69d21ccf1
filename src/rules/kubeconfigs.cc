// Recipe rows 2a, 3b and 4: what the kubeconfigs on a node hold, whom they trust, and as whom they
// log in.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"

namespace seawall::rules {
namespace {

namespace kinds = cluster::kinds;
using cluster::ComponentKind;

Place PlaceIn(const HeldKubeconfig& held, Place place) {
  if (place.file.empty()) place.file = held.path;
  return place;
}

/// Calls `judge` for each cluster of each kubeconfig; what could not be read makes the rule
/// unknown.
template <typename Judge>
Outcome EachCluster(const Context& context, Judge judge) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->kubeconfig_gaps) tally.Unknown(gap.why, gap.how);
  std::set<std::string> seen;
  for (const HeldKubeconfig& held : inventory->kubeconfigs) {
    if (!seen.insert(held.path).second) continue;
    for (const kinds::KubeconfigCluster& cluster : held.view->clusters) judge(held, cluster, tally);
  }
  return std::move(tally).Done("there is no kubeconfig on this node");
}

Outcome ServersVerified(const Rule&, const Context& context) {
  return EachCluster(context, [](const HeldKubeconfig& held,
                                 const kinds::KubeconfigCluster& cluster, Tally& tally) {
    const auto& skip = cluster.insecure_skip_tls_verify;
    Evidence evidence =
        EvidenceIn("insecure-skip-tls-verify", *skip ? "true" : "false", PlaceIn(held, skip.place));
    if (*skip) {
      tally.Bad(std::move(evidence), fmt::format("{} does not verify the server ({})", held.path,
                                                 PrintableShort(cluster.name, 60)));
    } else {
      tally.Good(std::move(evidence));
    }
  });
}

Outcome ServersOverTls(const Rule&, const Context& context) {
  return EachCluster(context, [](const HeldKubeconfig& held,
                                 const kinds::KubeconfigCluster& cluster, Tally& tally) {
    const std::string server = Lower(*cluster.server);
    Evidence evidence = EvidenceIn("server", PrintableShort(*cluster.server, 200),
                                   PlaceIn(held, cluster.server.place));
    if (server.starts_with("https://")) return tally.Good(std::move(evidence));
    // Without a scheme client-go speaks plain HTTP, and without a server it speaks to
    // localhost:8080.
    tally.Bad(std::move(evidence), fmt::format("{} speaks to \"{}\" without TLS", held.path,
                                               PrintableShort(*cluster.server, 200)));
  });
}

Outcome ServersByOwnCa(const Rule&, const Context& context) {
  return EachCluster(context, [](const HeldKubeconfig& held,
                                 const kinds::KubeconfigCluster& cluster, Tally& tally) {
    if (!Lower(*cluster.server).starts_with("https://")) return;  // another rule's
    Evidence evidence = EvidenceIn("certificate-authority", cluster.HasAnyCa() ? "given" : "",
                                   PlaceIn(held, cluster.place));
    if (cluster.HasAnyCa() || *cluster.insecure_skip_tls_verify)
      return tally.Good(std::move(evidence));
    tally.Bad(std::move(evidence),
              fmt::format("{} names no CA, so that every public one is trusted", held.path));
  });
}

bool IsWebhook(const HeldKubeconfig& held) {
  return held.component != nullptr && held.component->kind == ComponentKind::kApiServer;
}

Outcome NoStaticLogins(const Rule&, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  Tally tally;
  for (const FileGap& gap : inventory->kubeconfig_gaps) tally.Unknown(gap.why, gap.how);
  std::set<std::string> seen;
  for (const HeldKubeconfig& held : inventory->kubeconfigs) {
    // Bootstrap tokens end by themselves and have a rule of their own; webhooks' tokens are not the
    // cluster's.
    if (held.setting == "bootstrap-kubeconfig" || IsWebhook(held) || !seen.insert(held.path).second)
      continue;
    for (const kinds::KubeconfigUser& user : held.view->users) {
      if (user.has_token) {
        tally.Bad(
            EvidenceIn("token", "[not shown]", PlaceIn(held, user.token_place)),
            fmt::format("{} holds a token of user {}", held.path, PrintableShort(user.name, 60)));
      } else if (user.has_password) {
        tally.Bad(EvidenceIn("password", "[not shown]", PlaceIn(held, user.password_place)),
                  fmt::format("{} holds a password of user {}", held.path,
                              PrintableShort(user.name, 60)));
      } else {
        tally.Good(EvidenceIn("user", PrintableShort(user.name, 60), PlaceIn(held, user.place)));
      }
    }
  }
  return std::move(tally).Done("there is no kubeconfig on this node");
}

/// The client certificate of the current user; nullptr with the reason when there is none to read.
const x509::Certificate* LeafOf(const Context& context, const HeldKubeconfig& held,
                                std::string& why) {
  const kinds::KubeconfigUser* user = held.view->CurrentUser();
  if (user == nullptr) {
    why = "its current context names no user";
    return nullptr;
  }
  if (!user->certificates.empty()) return &user->certificates.front();
  if (user->client_certificate.value.empty()) {
    why = "its user has no client certificate that can be read";
    return nullptr;
  }
  auto host = held.HostPath(*user->client_certificate);
  if (!host) {
    why = "the container does not see its client certificate";
    return nullptr;
  }
  const auto& certificates = context.node.Certificates(*host);
  if (!certificates) why = certificates.error().ToString();
  return certificates ? &certificates->front() : nullptr;
}

bool OnlyOtherLogin(const kinds::KubeconfigUser* user) {
  return user != nullptr && !user->HasClientCertificate() &&
         (user->has_token || !user->token_file.value.empty() || !user->exec_command.value.empty());
}

/// The component logs in under its own name and no other.
Outcome LogsInAsItself(const Rule& rule, const Context& context) {
  if (!context.node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  const HeldKubeconfig* held = inventory->KubeconfigOf(*context.component, rule.setting);
  if (held == nullptr) {
    auto loaded = kinds::LoadKubeconfig(context.node, *context.component, rule.setting);
    if (loaded.state == kinds::LoadState::kNotSet)
      return NotApplicable("it is given no kubeconfig");
    return Unknown(loaded.why, loaded.how);
  }
  if (OnlyOtherLogin(held->view->CurrentUser())) {
    return Unknown("it logs in with a token or a program, which does not show its name",
                   "run kubectl auth whoami with it");
  }
  std::string why;
  const x509::Certificate* leaf = LeafOf(context, *held, why);
  if (leaf == nullptr) {
    return Unknown(fmt::format("{}: {}", held->path, why), "run kubectl auth whoami with it");
  }
  std::string_view wanted = rule.wanted;
  bool of_node = wanted.ends_with(':');  // of the kubelet: "system:node:" and the node's name
  bool name =
      of_node ? leaf->common_name.starts_with(wanted) && leaf->common_name.size() > wanted.size()
              : leaf->common_name == wanted;
  bool groups = of_node ? leaf->organizations == std::vector<std::string>{"system:nodes"}
                        : std::ranges::find(leaf->organizations, "system:masters") ==
                              leaf->organizations.end();
  Evidence evidence = EvidenceIn("subject", leaf->subject, Place{held->path, 0, 0, {}});
  std::string says = fmt::format("{} logs in as {}", held->path, leaf->subject);
  return name && groups ? Pass(std::move(says), {std::move(evidence)})
                        : Fails(std::move(says), {std::move(evidence)});
}

constexpr const char* kLink =
    "https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/";
constexpr const char* kPki =
    "https://kubernetes.io/docs/setup/best-practices/certificates/"
    "#configure-certificates-for-user-accounts";
constexpr const char* kIdentityWhy =
    "Under another's name the component has rights that it does not need, and the audit log tells "
    "nobody who acted.";

constexpr Rule kRules[] = {
    {.id = "kubeconfigs-verify-server",
     .title = "Every kubeconfig on the node verifies the API server",
     .row = "2a",
     .severity = Severity::kCritical,
     .check = ServersVerified,
     .expected = "no insecure-skip-tls-verify: true",
     .remedy = "remove insecure-skip-tls-verify at {where}, and give certificate-authority instead",
     .why = "Whoever stands between takes the credentials and answers as the API server.",
     .link = kLink},
    {.id = "kubeconfigs-use-https",
     .title = "Every kubeconfig on the node speaks to the API server over TLS",
     .row = "2a",
     .severity = Severity::kCritical,
     .check = ServersOverTls,
     .expected = "an https:// server",
     .remedy = "write https:// and the secure port at {where}",
     .why = "Credentials and Secrets cross the network in plain text.",
     .link = kLink},
    {.id = "kubeconfigs-name-ca",
     .title = "Every kubeconfig on the node names the CA of its API server",
     .row = "2a",
     .severity = Severity::kMedium,
     .check = ServersByOwnCa,
     .expected = "certificate-authority or certificate-authority-data",
     .remedy = "add certificate-authority-data with the cluster's CA at {where}",
     .why = "Without it any of the many public CAs can vouch for an impostor.",
     .link = kLink},
    {.id = "kubeconfigs-no-static-logins",
     .title = "No kubeconfig on the node holds a token or a password",
     .row = "4",
     .severity = Severity::kHigh,
     .check = NoStaticLogins,
     .expected = "client certificates, tokenFile or exec",
     .remedy = "remove the token or password at {where}; use a client certificate that rotates, "
               "tokenFile or exec",
     .why = "A static login is copied with the file and works until somebody remembers to withdraw "
            "it.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"},
    {.id = "kubelet-own-identity",
     .title = "The kubelet logs in as its node",
     .row = "3b",
     .severity = Severity::kHigh,
     .target = Target::kKubelet,
     .check = LogsInAsItself,
     .setting = "kubeconfig",
     .wanted = "system:node:",
     .expected = "CN=system:node:NAME, O=system:nodes and no other group",
     .remedy = "issue {where} anew with subject O=system:nodes, CN=system:node:NAME (kubeadm "
               "kubeconfig user, or join again)",
     .why = "Node authorization and NodeRestriction hold back only who logs in as a node.",
     .link = "https://kubernetes.io/docs/reference/access-authn-authz/node/"},
    {.id = "controller-manager-own-identity",
     .title = "The controller manager logs in under its own name",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = LogsInAsItself,
     .setting = "kubeconfig",
     .wanted = "system:kube-controller-manager",
     .expected = "CN=system:kube-controller-manager",
     .remedy = "issue {where} anew with subject CN=system:kube-controller-manager",
     .why = kIdentityWhy,
     .link = kPki},
    {.id = "scheduler-own-identity",
     .title = "The scheduler logs in under its own name",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kScheduler,
     .check = LogsInAsItself,
     .setting = "kubeconfig",
     .wanted = "system:kube-scheduler",
     .expected = "CN=system:kube-scheduler",
     .remedy = "issue {where} anew with subject CN=system:kube-scheduler",
     .why = kIdentityWhy,
     .link = kPki},
    {.id = "proxy-own-identity",
     .title = "kube-proxy logs in under its own name",
     .row = "3b",
     .severity = Severity::kMedium,
     .target = Target::kProxy,
     .check = LogsInAsItself,
     .setting = "clientConnection.kubeconfig",
     .wanted = "system:kube-proxy",
     .expected = "CN=system:kube-proxy",
     .remedy = "issue {where} anew with subject CN=system:kube-proxy",
     .why = kIdentityWhy,
     .link = kPki},
};

}  // namespace

std::span<const Rule> KubeconfigRules() { return kRules; }

}  // namespace seawall::rules
