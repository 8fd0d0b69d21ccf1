// Recipe rows 2b and 6a, TLS bootstrapping: how a kubelet gets its certificate, who signs it, and
// how it is renewed.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cluster/kinds/load.h"
#include "cluster/values.h"
#include "rules/checks.h"
#include "rules/file_checks.h"
#include "rules/machine_rules.h"
#include "rules/pki_inventory.h"
#include "rules/place_text.h"

namespace seawall::rules {
namespace {

namespace kinds = cluster::kinds;
using cluster::Component;
using cluster::ComponentKind;
using cluster::Setting;

/// Bootstrap tokens, which end; a static token file is the old way and has none of their limits.
Outcome BootstrapTokens(const Rule&, const Context& context) {
  const Component& apiserver = *context.component;
  Setting tokens = apiserver.Get("enable-bootstrap-token-auth");
  Setting file = apiserver.Get("token-auth-file");
  if (file.known() && !Empty(file)) {
    return Fails(
        "kubelets that bootstrap with a token of --token-auth-file use one that never ends",
        {EvidenceOf(file)});
  }
  if (!tokens.known()) return UnknownSetting(apiserver, tokens);
  if (!file.known()) return UnknownSetting(apiserver, file);
  if (tokens.text == "true") return Pass(Says(apiserver, tokens), {EvidenceOf(tokens)});
  return Fails(Says(apiserver, tokens) + ": a new kubelet has no way to ask for its certificate",
               {EvidenceOf(tokens)});
}

/// The CA that the controller manager signs kubelets' certificates with must be one that the API
/// server accepts.
Outcome ClientCaSigns(const Rule&, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  const HeldCertificates* accepted = inventory->Of(*context.component, "client-ca-file");
  Setting setting = context.component->Get("client-ca-file");
  if (!setting.known()) return UnknownSetting(*context.component, setting);
  if (Empty(setting))
    return Fails("--client-ca-file is not set: no kubelet can log in with a certificate",
                 {EvidenceOf(setting)});
  if (accepted == nullptr)
    return Unknown("the file of --client-ca-file could not be read", "read it with openssl x509",
                   {EvidenceOf(setting)});
  Tally tally;
  for (const Component* manager : node.Of(ComponentKind::kControllerManager)) {
    for (const char* name :
         {"cluster-signing-kubelet-client-cert-file", "cluster-signing-cert-file"}) {
      const HeldCertificates* signs = inventory->Of(*manager, name);
      if (signs == nullptr) continue;
      if (ChainsTo(*signs->certificates, *accepted->certificates)) {
        tally.Good(EvidenceOf(setting));
      } else {
        tally.Bad(EvidenceOf(setting),
                  fmt::format("{} does not hold the CA that the controller manager signs with ({})",
                              accepted->place.file, signs->place.file));
      }
      break;
    }
  }
  if (tally.empty())
    tally.Unknown("no controller manager on this node shows which CA signs",
                  "compare with the node where it runs");
  return std::move(tally).Done("");
}

struct Signer {
  const char* certificate;
  const char* key;
};
constexpr Signer kSigners[] = {
    {"cluster-signing-cert-file", "cluster-signing-key-file"},
    {"cluster-signing-kubelet-client-cert-file", "cluster-signing-kubelet-client-key-file"},
};

/// A pair that signs kubelets' client certificates, with both files there.
Outcome ManagerSigns(const Rule&, const Context& context) {
  const Component& manager = *context.component;
  std::optional<Outcome> doubt;
  Evidence first = EvidenceOf(manager.Get(kSigners[0].certificate));
  for (const Signer& signer : kSigners) {
    Setting certificate = manager.Get(signer.certificate), key = manager.Get(signer.key);
    if (!certificate.known() || !key.known()) {
      if (!doubt) doubt = UnknownSetting(manager, certificate.known() ? key : certificate);
      continue;
    }
    if (Empty(certificate) || Empty(key)) continue;
    std::vector<Evidence> evidence = {EvidenceOf(certificate), EvidenceOf(key)};
    if (!context.node.is_machine) return Pass("", std::move(evidence));
    if (auto why = DoubtOfCertificates(context, certificate.text))
      return Unknown(why->why, why->how, std::move(evidence));
    if (auto why = DoubtOfKey(context, key.text))
      return Unknown(why->why, why->how, std::move(evidence));
    auto path = manager.HostPath(certificate.text);
    const auto& read = context.node.Certificates(path.value_or(certificate.text));
    if (read && read->size() != 1) {
      return Fails(fmt::format("--{} holds {} certificates, and the signer takes exactly one",
                               signer.certificate, read->size()),
                   std::move(evidence));
    }
    if (read && !read->front().is_ca) {
      return Fails(fmt::format("--{} is not a CA certificate", signer.certificate),
                   std::move(evidence));
    }
    return Pass("", std::move(evidence));
  }
  if (doubt) return *doubt;
  return Fails(
      "neither --cluster-signing-cert-file with --cluster-signing-key-file nor the pair for "
      "kubelets is set: nothing signs",
      {std::move(first)});
}

Outcome SignsForAYear(const Rule& rule, const Context& context) {
  Setting setting = context.component->Get(rule.setting);
  if (!setting.known()) return UnknownSetting(*context.component, setting);
  auto duration = cluster::ParseDuration(setting.text), most = cluster::ParseDuration(rule.wanted);
  std::string says = Says(*context.component, setting);
  if (duration && most && *duration > 0 && *duration <= *most)
    return Pass(std::move(says), {EvidenceOf(setting)});
  return Fails(std::move(says), {EvidenceOf(setting)});
}

struct ControllerName {
  const char* old_name;
  const char* long_name;  ///< since 1.28; both are taken
};

/// As the controller manager decides it: the first mention counts, "*" stands for those that are on
/// by default.
bool Runs(const Setting& controllers, const ControllerName& name, bool off_by_default) {
  bool star = false;
  for (const cluster::Item& item : controllers.items) {
    std::string_view text = item.text;
    bool minus = text.starts_with('-');
    if (minus) text.remove_prefix(1);
    if (text == name.old_name || text == name.long_name) return !minus;
    if (item.text == "*") star = true;
  }
  return star && !off_by_default;
}

constexpr ControllerName kApproving = {"csrapproving",
                                       "certificatesigningrequest-approving-controller"};
constexpr ControllerName kSigning = {"csrsigning", "certificatesigningrequest-signing-controller"};
constexpr ControllerName kTokenCleaner = {"tokencleaner", "token-cleaner-controller"};
constexpr ControllerName kBootstrapSigner = {"bootstrapsigner", "bootstrap-signer-controller"};

Outcome RequestsAreHandled(const Rule& rule, const Context& context) {
  Setting controllers = context.component->Get(rule.setting);
  if (!controllers.known()) return UnknownSetting(*context.component, controllers);
  for (const ControllerName& name : {kApproving, kSigning}) {
    if (!Runs(controllers, name, false)) {
      return Fails(fmt::format("--controllers leaves out {} ({})", name.long_name, name.old_name),
                   {EvidenceOf(controllers)});
    }
  }
  return Pass(Says(*context.component, controllers), {EvidenceOf(controllers)});
}

/// Without the cleaner, bootstrap tokens that have ended stay in etcd; the API server alone refuses
/// them.
Outcome TokensAreCleaned(const Rule& rule, const Context& context) {
  Setting controllers = context.component->Get(rule.setting);
  if (!controllers.known()) return UnknownSetting(*context.component, controllers);
  bool runs = Runs(controllers, kTokenCleaner, true) && Runs(controllers, kBootstrapSigner, true);
  if (runs) return Pass(Says(*context.component, controllers), {EvidenceOf(controllers)});
  auto apiservers = context.node.Of(ComponentKind::kApiServer);
  if (apiservers.empty()) {
    return Unknown("whether bootstrap tokens are on is not known without the API server",
                   "see --enable-bootstrap-token-auth where it runs", {EvidenceOf(controllers)});
  }
  for (const Component* apiserver : apiservers) {
    Setting tokens = apiserver->Get("enable-bootstrap-token-auth");
    if (!tokens.known()) return UnknownSetting(*apiserver, tokens);
    if (tokens.text != "true") continue;
    return Fails(
        "bootstrap tokens are on, and --controllers does not name both tokencleaner and "
        "bootstrapsigner",
        {EvidenceOf(controllers), EvidenceOf(tokens)});
  }
  return NotApplicable("bootstrap tokens are off");
}

/// A kubelet that joins by itself: a kubeconfig to write, and a bootstrap kubeconfig to begin with.
Outcome CanBootstrap(const Rule&, const Context& context) {
  if (std::optional<Outcome> assumed = StartIsAssumed(context)) return *assumed;
  const Component& kubelet = *context.component;
  Setting kubeconfig = kubelet.Get("kubeconfig"), bootstrap = kubelet.Get("bootstrap-kubeconfig");
  for (const Setting* setting : {&kubeconfig, &bootstrap}) {
    if (!setting->known()) return UnknownSetting(kubelet, *setting);
  }
  const Setting& missing = Empty(kubeconfig) ? kubeconfig : bootstrap;
  if (Empty(missing)) {
    Outcome outcome =
        Fails(Empty(kubeconfig) ? "--kubeconfig is not set: the kubelet talks to no API server, "
                                  "and cannot ask it about callers"
                                : "--bootstrap-kubeconfig is not set: the node's certificate was "
                                  "made by hand, and so is every new one",
              {EvidenceOf(missing)});
    outcome.remedy = fmt::format(
        "add --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf and "
        "--kubeconfig=/etc/kubernetes/kubelet.conf to the "
        "kubelet's arguments at {}",
        PlaceText(kubelet.where));
    return outcome;
  }
  return Pass(Says(kubelet, bootstrap), {EvidenceOf(bootstrap), EvidenceOf(kubeconfig)});
}

/// Once the node has joined, nothing needs the bootstrap kubeconfig, and its token may still work.
Outcome BootstrapIsGone(const Rule& rule, const Context& context) {
  if (std::optional<Outcome> assumed = StartIsAssumed(context)) return *assumed;
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto bootstrap = kinds::LoadKubeconfig(node, *context.component, rule.setting);
  using State = kinds::LoadState;
  if (bootstrap.state == State::kNotSet)
    return NotApplicable("the kubelet is given no bootstrap kubeconfig");
  if (bootstrap.state == State::kMissing)
    return Pass(fmt::format("{} is gone", bootstrap.path), {EvidenceOf(bootstrap.setting)});
  if (bootstrap.state != State::kLoaded) return Unknown(bootstrap.why, bootstrap.how);
  auto own = kinds::LoadKubeconfig(node, *context.component, "kubeconfig");
  if (own.state == State::kMissing) {
    return NotApplicable("the node has not joined yet: there is no kubeconfig of its own");
  }
  Place place{bootstrap.host_path.empty() ? bootstrap.path : bootstrap.host_path, 0, 0, {}};
  const kinds::KubeconfigUser* user = bootstrap->CurrentUser();
  if (user != nullptr && user->has_token)
    place = user->token_place.file.empty() ? place : user->token_place;
  return Fails(fmt::format("{} still lies there although the node has joined", bootstrap.path),
               {EvidenceIn("bootstrap-kubeconfig", bootstrap.path, place)});
}

/// The client certificate is the file that the kubelet renews, and not a copy inside the
/// kubeconfig.
Outcome UsesRotatingFile(const Rule& rule, const Context& context) {
  const cluster::Node& node = context.node;
  if (!node.is_machine) return NotApplicable(kNoFiles);
  auto inventory = InventoryOf(context);
  const HeldKubeconfig* held = inventory->KubeconfigOf(*context.component, rule.setting);
  if (held == nullptr) {
    auto loaded = kinds::LoadKubeconfig(node, *context.component, rule.setting);
    if (loaded.state == kinds::LoadState::kNotSet)
      return NotApplicable("the kubelet is given no kubeconfig");
    return Unknown(loaded.why, loaded.how);
  }
  const kinds::KubeconfigUser* user = held->view->CurrentUser();
  if (user == nullptr)
    return Unknown("the kubeconfig's current context names no user", "look at it");
  const std::string& path = held->path;
  if (user->has_certificate_data) {
    Place place = user->certificate_data_place;
    if (place.file.empty()) place.file = path;
    return Fails(
        fmt::format("{} holds a copy of the certificate, which ends whatever the kubelet renews",
                    path),
        {EvidenceIn("client-certificate-data", "[a copy of the certificate]", place)});
  }
  if (user->client_certificate.value.empty())
    return NotApplicable("the kubelet does not log in with a certificate");
  std::string file = kinds::ResolveKubeconfigPath(held->seen_path, *user->client_certificate);
  Evidence evidence = EvidenceIn("client-certificate", file, user->client_certificate.place);
  auto link = node.files->LinkStat(file);
  if (!link) {
    FileGap gap = GapOf("", link.error());
    return Unknown(gap.why, gap.how, {std::move(evidence)});
  }
  bool current =
      file.ends_with("/kubelet-client-current.pem") && link->type == FileStat::Type::kLink;
  if (current && !node.Stat(file))
    return Unknown(fmt::format("{} leads nowhere", file), "look at the folder",
                   {std::move(evidence)});
  if (current) return Pass(fmt::format("the kubelet renews {}", file), {std::move(evidence)});
  return Fails(
      fmt::format("{} is not the link that the kubelet renews (kubelet-client-current.pem)", file),
      {std::move(evidence)});
}

constexpr const char* kLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/";
constexpr const char* kTokensLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/";
constexpr const char* kCsrLink =
    "https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/";
constexpr const char* kRotationLink =
    "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/troubleshooting-kubeadm/"
    "#kubelet-client-cert";

constexpr Rule kRules[] = {
    {.id = "bootstrap-token-auth",
     .title = "New kubelets log in with bootstrap tokens, which end",
     .row = "2b",
     .severity = Severity::kMedium,
     .target = Target::kApiServer,
     .check = BootstrapTokens,
     .setting = "enable-bootstrap-token-auth",
     .expected = "--enable-bootstrap-token-auth=true and no --token-auth-file",
     .remedy = "set --enable-bootstrap-token-auth=true and remove --token-auth-file at {where}",
     .why = "A static token that lets in any node works for ever, for everybody who ever read it.",
     .link = kTokensLink},
    {.id = "bootstrap-client-ca",
     .title = "The API server accepts the certificates that kubelets are given",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kApiServer,
     .check = ClientCaSigns,
     .setting = "client-ca-file",
     .expected = "--client-ca-file holds the CA of --cluster-signing-cert-file",
     .remedy = "add the CA that signs kubelets' certificates to the file named at {where}",
     .why = "A kubelet whose certificate nobody recognises cannot join.",
     .link = kLink},
    {.id = "cluster-signing-pair",
     .title = "The controller manager can sign the certificates of kubelets",
     .row = "2b",
     .severity = Severity::kHigh,
     .target = Target::kControllerManager,
     .check = ManagerSigns,
     .setting = "cluster-signing-cert-file",
     .expected = "a CA certificate and its key, both there",
     .remedy = "set --cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt and "
               "--cluster-signing-key-file=/etc/kubernetes/pki/ca.key at {where}",
     .why = "Without them kubelets' certificates are made by hand, and nobody renews them.",
     .link = kCsrLink},
    {.id = "cluster-signing-duration",
     .title = "The controller manager signs certificates for a year at the most",
     .row = "6a",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = SignsForAYear,
     .setting = "cluster-signing-duration",
     .wanted = "8760h",
     .expected = "at most 8760h0m0s (the default)",
     .remedy = "set --cluster-signing-duration=8760h at {where} (before 1.25 "
               "--experimental-cluster-signing-duration, which is gone)",
     .why = "Kubernetes cannot revoke a certificate: a stolen one works until its end.",
     .link = kCsrLink},
    {.id = "csr-controllers-on",
     .title = "The controller manager approves and signs kubelets' requests",
     .row = "2b",
     .severity = Severity::kMedium,
     .target = Target::kControllerManager,
     .check = RequestsAreHandled,
     .setting = "controllers",
     .expected = "csrapproving and csrsigning run",
     .remedy = "remove -csrapproving and -csrsigning from --controllers at {where}",
     .why = "With them off, bootstrapping and renewal wait for ever.",
     .link = kCsrLink},
    {.id = "bootstrap-tokens-cleaned",
     .title = "Bootstrap tokens that have ended are removed",
     .row = "2b",
     .severity = Severity::kLow,
     .target = Target::kControllerManager,
     .check = TokensAreCleaned,
     .setting = "controllers",
     .expected = "--controllers names tokencleaner and bootstrapsigner",
     .remedy = "set --controllers=*,bootstrapsigner,tokencleaner at {where}",
     .why = "These two controllers are off unless named; tokens then pile up, and nothing signs "
            "cluster-info.",
     .link = kTokensLink},
    {.id = "kubelet-bootstraps",
     .title = "The kubelet gets its first certificate by bootstrapping",
     .row = "2b",
     .severity = Severity::kLow,
     .target = Target::kKubelet,
     .check = CanBootstrap,
     .setting = "bootstrap-kubeconfig",
     .expected = "--kubeconfig and --bootstrap-kubeconfig are set",
     .remedy = "set --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf and "
               "--kubeconfig=/etc/kubernetes/kubelet.conf at {where}",
     .why = "Certificates that are made and carried by hand live long and are seen by many.",
     .link = kLink},
    {.id = "kubelet-bootstrap-kubeconfig-removed",
     .title = "The bootstrap kubeconfig is gone once the node has joined",
     .row = "2b",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = BootstrapIsGone,
     .setting = "bootstrap-kubeconfig",
     .expected = "no such file",
     .remedy = "remove the file at {where}, and delete its token (kubeadm token delete)",
     .why = "Whoever reads the token can ask for a certificate of another node.",
     .link = kLink},
    {.id = "kubelet-uses-rotating-certificate",
     .title = "The kubelet logs in with the certificate file that it renews",
     .row = "6a",
     .severity = Severity::kMedium,
     .target = Target::kKubelet,
     .check = UsesRotatingFile,
     .setting = "kubeconfig",
     .expected = "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem, a link",
     .remedy = "set client-certificate and client-key to "
               "/var/lib/kubelet/pki/kubelet-client-current.pem in place of the data at {where} "
               "(kubeadm init phase kubelet-finalize all)",
     .why = "A copy in the kubeconfig ends after a year, and then the kubelet does not start any "
            "more.",
     .link = kRotationLink},
};

}  // namespace

std::span<const Rule> BootstrapRules() { return kRules; }

}  // namespace seawall::rules
