// Who calls kube-apiserver, and whom it believes: pkg/kubeapiserver/options/authentication.go and
// apiserver/pkg/server/options/authentication.go of Kubernetes 1.37.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cluster/config_source.h"
#include "cluster/kinds/abac.h"
#include "cluster/kinds/load.h"
#include "cluster/refusals_parts.h"
#include "cluster/token_file.h"
#include "cluster/values.h"

namespace seawall::cluster {
namespace {

/// The flags make one authenticator of the structured kind, with the checks of that.
void OidcValues(const Refusal& r) {
  const Setting* issuer = r.Given("oidc-issuer-url");
  if (issuer != nullptr) {
    const Item& item = issuer->items.front();
    const std::string_view url = item.text;
    const std::string_view rest = url.substr(std::min<size_t>(url.size(), 8));
    if (!url.starts_with("https://")) {
      r.Bad(*issuer, item, "--oidc-issuer-url takes https:// only");
    } else if (url.find_first_of("?#") != url.npos) {
      r.Bad(*issuer, item, "--oidc-issuer-url takes no query and no fragment");
    } else if (rest.substr(0, rest.find('/')).find('@') != rest.npos) {
      r.Bad(*issuer, item, "--oidc-issuer-url takes no user name and password");
    } else if (const Setting* own = r.Given("service-account-issuer");
               own != nullptr && own->Contains(url) && r.Since(30)) {
      r.Bad(*issuer, item, "--oidc-issuer-url is the issuer of service accounts already");
    }
  }
  r.OneOf("oidc-signing-algs", "RS256,RS384,RS512,ES256,ES384,ES512,PS256,PS384,PS512");
  const Setting* claim = r.Mentioned("oidc-username-claim");
  if (claim != nullptr && claim->written() && claim->text.empty())
    r.Conflict(*claim, "--oidc-username-claim is empty");
}

void Oidc(const Refusal& r) {
  const Setting* any = nullptr;
  const bool file = r.Given("authentication-config") != nullptr;
  for (const auto& [name, setting] : r.component().written) {
    if (!name.starts_with("oidc-")) continue;
    any = &setting;
    if (file)
      r.Conflict(setting, fmt::format("--{} and --authentication-config exclude each other", name));
  }
  if (any == nullptr || file || !r.Missing("authentication-config")) return;
  if (r.Missing("oidc-issuer-url") || r.Missing("oidc-client-id")) {
    r.Conflict(
        *any,
        "--oidc-issuer-url and --oidc-client-id are both needed where any --oidc-* flag is given");
  }
  OidcValues(r);
}

/// `anonymous` of the file and the flag exclude each other, whatever they say.
void Anonymous(const Refusal& r) {
  const Setting* flag = r.Mentioned("anonymous-auth");
  if (flag == nullptr || r.Given("authentication-config") == nullptr) return;
  const auto loaded = kinds::LoadAuthentication(r.node(), r.component());
  if (loaded && loaded->anonymous.written) {
    r.Conflict(*flag,
               "--anonymous-auth and `anonymous` in the file of --authentication-config exclude "
               "each other");
  }
}

void ServiceAccountValues(const Refusal& r) {
  constexpr int64_t kHour = 3'600'000'000'000;
  const Setting* longest = r.Given("service-account-max-token-expiration");
  const auto life = longest != nullptr ? ParseDuration(longest->text) : std::nullopt;
  if (life && *life != 0 && (*life < kHour || *life / 1'000'000'000 > (int64_t{1} << 32))) {
    r.Bad(*longest, longest->items.front(),
          "--service-account-max-token-expiration must lie between 1 hour and 2^32 seconds");
  }
  const Setting* keys = r.Given("service-account-jwks-uri");
  if (keys != nullptr && !Lower(keys->text).starts_with("https://"))
    r.Bad(*keys, keys->items.front(), "--service-account-jwks-uri takes https:// only");
}

void ServiceAccounts(const Refusal& r) {
  const Setting* endpoint = r.Given("service-account-signing-endpoint");
  for (const std::string_view file :
       {"service-account-signing-key-file", "service-account-key-file"}) {
    if (const Setting* given = r.Given(file); endpoint != nullptr && given != nullptr) {
      r.Conflict(
          *given,
          fmt::format("--{} and --service-account-signing-endpoint exclude each other", file));
    }
  }
  r.Demand("service-account-issuer", "--service-account-issuer is required");
  if (r.Missing("service-account-signing-endpoint")) {
    r.Demand("service-account-signing-key-file", "--service-account-signing-key-file is required");
    // Up to 1.30 the key of the serving certificate is taken without one.
    if (r.Since(31) || r.Missing("tls-private-key-file")) {
      r.Demand("service-account-key-file", "--service-account-key-file is required");
    }
  }
  ServiceAccountValues(r);
  const Setting* issuers = r.Given("service-account-issuer");
  std::set<std::string_view> seen;
  if (issuers == nullptr) return;
  for (const Item& issuer : issuers->items) {
    if (!seen.insert(issuer.text).second)
      r.Bad(*issuers, issuer, "the service account issuer is given twice");
    if (issuer.text.empty()) r.Bad(*issuers, issuer, "--service-account-issuer is empty");
    if (issuer.text.starts_with(":"))
      r.Bad(*issuers, issuer, "--service-account-issuer has a \":\" and is no URL");
  }
}

/// Since 1.35: with one CA for both and no list of names every client could set the proxy's
/// headers.
void RequestHeader(const Refusal& r) {
  const Setting* client = r.Given("client-ca-file");
  const Setting* proxy = r.Given("requestheader-client-ca-file");
  if (client == nullptr || proxy == nullptr || !r.Missing("requestheader-allowed-names")) return;
  if (!r.table().certain() || r.table().minor().minor < 35) return;
  const auto one = r.component().HostPath(client->text);
  const auto other = r.component().HostPath(proxy->text);
  if (!one || !other) return;
  const auto& clients = r.node().Certificates(*one);
  const auto& proxies = r.node().Certificates(*other);
  if (!clients || !proxies) return;
  for (const auto& certificate : *clients) {
    for (const auto& again : *proxies) {
      if (certificate.fingerprint_sha256 != again.fingerprint_sha256) continue;
      return r.Conflict(*proxy,
                        "--requestheader-client-ca-file and --client-ca-file share a certificate: "
                        "--requestheader-allowed-names is then required");
    }
  }
}

/// Lists of header names take no empty one.
void Headers(const Refusal& r) {
  for (const std::string_view name :
       {"requestheader-username-headers", "requestheader-group-headers",
        "requestheader-extra-headers-prefix", "requestheader-allowed-names",
        "requestheader-uid-headers"}) {
    const Setting* list = r.Mentioned(name);
    if (list == nullptr || !list->written()) continue;
    for (const Item& item : list->items) {
      if (Trim(item.text).empty()) r.Bad(*list, item, fmt::format("--{} has an empty value", name));
    }
  }
}

bool IsRefused(const TokenFileFault&) { return true; }
bool IsRefused(const kinds::AbacFault& fault) { return fault.refused; }

/// A file of lines, read by `find`: the first line that the server refuses.
template <typename Fault>
void LinesOf(const Refusal& r, const char* name,
             std::optional<Fault> (*find)(std::string_view bytes)) {
  const Setting* setting = r.Given(name);
  if (setting == nullptr) return;
  const SourcePath source = FindSource(r.node(), r.component(), setting->text);
  if (source.reach != SourcePath::Reach::kNode) return;
  Result<std::string> bytes =
      r.node().files ? r.node().files->Read(source.host_path) : Result<std::string>(std::string());
  if (!bytes) return r.Unread(bytes.error());
  const auto fault = find(*bytes);
  x509::Wipe(*bytes);
  if (!fault) return;
  if (!IsRefused(*fault))
    return r.Unread({ErrorCode::kLimit, "read", source.host_path, fault->text, ""});
  Place place;
  place.file = source.host_path;
  place.line = static_cast<uint32_t>(fault->line);
  place.column = 1;
  r.Add(Problem::Kind::kMalformedFile, name,
        fmt::format("kube-apiserver refuses the file of --{}: {}", name, fault->text), place);
}

}  // namespace

void RefuseApiServerCallers(const Refusal& r) {
  Oidc(r);
  Anonymous(r);
  ServiceAccounts(r);
  RequestHeader(r);
  Headers(r);
  r.Files({"client-ca-file", "requestheader-client-ca-file", "token-auth-file",
           "service-account-key-file", "service-account-signing-key-file", "oidc-ca-file"});
  r.CertificateFiles({"client-ca-file", "requestheader-client-ca-file", "oidc-ca-file"});
  r.KeyFiles({"service-account-signing-key-file"});
  LinesOf(r, "token-auth-file", FindTokenFileFault);
  LinesOf(r, "authorization-policy-file", kinds::FindAbacFault);
  const Setting* uid = r.Given("requestheader-uid-headers");
  const bool standard = uid == nullptr || std::ranges::any_of(uid->items, [](const Item& item) {
                          return EqualsIgnoringCase(item.text, "X-Remote-Uid");
                        });
  if (!standard && r.Since(32))
    r.Conflict(*uid, "--requestheader-uid-headers needs X-Remote-Uid among its headers");
  if (r.Given("authorization-webhook-config-file") != nullptr)
    r.OneOf("authorization-webhook-version", "v1,v1beta1");
  if (r.Given("authentication-token-webhook-config-file") != nullptr)
    r.OneOf("authentication-token-webhook-version", "v1,v1beta1");
}

}  // namespace seawall::cluster
