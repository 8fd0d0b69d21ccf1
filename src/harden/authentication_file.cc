#include "harden/authentication_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {
namespace {

using cluster::Setting;

constexpr const char* kFile = "/etc/kubernetes/authentication/config.yaml";

/// The kind's version that this version of the server reads; "" when it has no such file, or one
/// that cannot yet say for which paths anonymous requests are let in.
std::string ApiVersion(const cluster::Component& server) {
  if (!server.version) return "";
  if (server.version->minor >= 34) return "apiserver.config.k8s.io/v1";
  return server.version->minor >= 32 ? "apiserver.config.k8s.io/v1beta1" : "";
}

std::string TextOf(const FixContext& context, const char* flag) {
  const Setting setting = context.component->Get(flag);
  return setting.written() ? setting.text : "";
}

Fresh Claim(const std::string& claim, const std::string& prefix) {
  return Fresh::Map({{"claim", Fresh::Text(claim)}, {"prefix", Fresh::Text(prefix)}});
}

/// --oidc-* as one issuer of the file with the same meaning.
Result<Fresh> IssuerOfFlags(const FixContext& context) {
  const std::string issuer = TextOf(context, "oidc-issuer-url");
  std::vector<std::pair<std::string, Fresh>> source = {{"url", Fresh::Text(issuer)}};
  if (const std::string ca = TextOf(context, "oidc-ca-file"); !ca.empty()) {
    const auto path = context.component->HostPath(ca);
    const auto* bytes = path ? &context.node.Bytes(*path) : nullptr;
    if (bytes == nullptr || !*bytes)
      return Missing("the file of --oidc-ca-file cannot be read", "make it readable");
    source.emplace_back("certificateAuthority", Fresh::Text(**bytes));
  }
  source.emplace_back("audiences", Fresh::List({Fresh::Text(TextOf(context, "oidc-client-id"))}));
  std::string claim = TextOf(context, "oidc-username-claim");
  if (claim.empty()) claim = "sub";
  std::string prefix = TextOf(context, "oidc-username-prefix");
  if (prefix == "-") {
    prefix = "";
  } else if (prefix.empty() && claim != "email") {
    prefix = issuer + "#";
  }
  std::vector<std::pair<std::string, Fresh>> mappings = {{"username", Claim(claim, prefix)}};
  if (const std::string groups = TextOf(context, "oidc-groups-claim"); !groups.empty())
    mappings.emplace_back("groups", Claim(groups, TextOf(context, "oidc-groups-prefix")));
  std::vector<std::pair<std::string, Fresh>> whole = {{"issuer", Fresh::Map(std::move(source))}};
  std::vector<Fresh> required;
  for (const cluster::Item& item : context.component->Get("oidc-required-claim").items) {
    const size_t equals = item.text.find('=');
    if (equals == std::string::npos) continue;
    required.push_back(Fresh::Map({{"claim", Fresh::Text(item.text.substr(0, equals))},
                                   {"requiredValue", Fresh::Text(item.text.substr(equals + 1))}}));
  }
  if (!required.empty())
    whole.emplace_back("claimValidationRules", Fresh::List(std::move(required)));
  whole.emplace_back("claimMappings", Fresh::Map(std::move(mappings)));
  return Fresh::Map(std::move(whole));
}

constexpr const char* kOidcFlags[] = {
    "oidc-issuer-url",     "oidc-client-id",      "oidc-ca-file",
    "oidc-username-claim", "oidc-groups-claim",   "oidc-username-prefix",
    "oidc-groups-prefix",  "oidc-required-claim", "oidc-signing-algs"};

/// Moves --oidc-* into the new file's text.
Result<void> MoveIssuer(const FixContext& context, std::string& text, Draft& draft) {
  if (TextOf(context, "oidc-issuer-url").empty()) return {};
  auto said = Consent(context, "accept-wider-algorithms",
                      "--oidc-* must move into the file, and the file accepts every asymmetric "
                      "signing algorithm, where --oidc-signing-algs accepts RS256 only");
  if (!said) return said;
  auto issuer = IssuerOfFlags(context);
  if (!issuer) return std::unexpected(issuer.error());
  text += BlockPairText("jwt", Fresh::List({*issuer}), 0, Quotes::kAsNeeded, "\n");
  for (const char* flag : kOidcFlags) {
    if (TextOf(context, flag).empty()) continue;
    if (auto gone = Want(context, flag, std::nullopt, draft); !gone) return gone;
  }
  return {};
}

Result<Draft> NewAuthenticationFile(const FixContext& context, const FileEditor& edit) {
  if (!context.component->version)
    return Missing("which files kube-apiserver reads depends on its version, which is not known",
                   "--component-version kube-apiserver=VERSION");
  const std::string version = ApiVersion(*context.component);
  if (version.empty())
    return Missing(
        fmt::format("kube-apiserver {}.{} has no authentication file that lets health "
                    "checks in and nobody else (1.32 has)",
                    context.component->version->major, context.component->version->minor),
        "move to a supported version first");
  if (context.node.files->LinkStat(kFile))
    return Missing(fmt::format("{} is there, and nobody uses it", kFile),
                   "take it away, or use it");
  Draft draft;
  std::string text = fmt::format(
      "# Written by seawall harden: who may come in.\napiVersion: {}\nkind: "
      "AuthenticationConfiguration\n",
      version);
  if (auto moved = MoveIssuer(context, text, draft); !moved) return std::unexpected(moved.error());
  auto stream = yaml::Parse(kFile, text);
  if (!stream) return std::unexpected(stream.error());
  auto splice = edit(*stream);
  if (!splice) return std::unexpected(splice.error());
  if (auto file = NewFile(context, kFile, *Splice(text, {*splice}), draft); !file)
    return std::unexpected(file.error());
  auto mount =
      EnsureMount(context, "seawall-authentication", "/etc/kubernetes/authentication", true, draft);
  if (!mount) return std::unexpected(mount.error());
  if (!TextOf(context, "anonymous-auth").empty()) {
    auto gone = Want(context, "anonymous-auth", std::nullopt, draft);
    if (!gone) return std::unexpected(gone.error());
  }
  auto flag = Want(context, "authentication-config", Wanted::Text(kFile), draft);
  if (!flag) return std::unexpected(flag.error());
  return draft;
}

}  // namespace

Result<Draft> WithAuthenticationFile(const FixContext& context, const FileEditor& edit) {
  const Setting setting = context.component->Get("authentication-config");
  if (!setting.written() || setting.text.empty()) return NewAuthenticationFile(context, edit);
  const auto path = context.component->HostPath(setting.text);
  if (!path) return Missing("the container does not see the authentication file", "mount it");
  const auto& stream = context.node.Yaml(*path);
  if (!stream) return std::unexpected(stream.error());
  auto splice = edit(*stream);
  if (!splice) return std::unexpected(splice.error());
  Draft draft;
  draft.touches.push_back(Touch::Splice(*path, std::move(*splice)));
  return draft;
}

Result<Edit> AnonymousForHealth(const yaml::Stream& file) {
  std::vector<Fresh> paths;
  for (const char* path : {"/livez", "/readyz", "/healthz"})
    paths.push_back(Fresh::Map({{"path", Fresh::Text(path)}}));
  const Fresh anonymous = Fresh::Map(
      {{"enabled", Fresh::Literal("true")}, {"conditions", Fresh::List(std::move(paths))}});
  return SetPath(file, {"anonymous"}, &anonymous);
}

Result<Edit> AddIssuer(const yaml::Stream& file, const std::string& issuer,
                       const std::string& audience, const std::string& username_claim) {
  Fresh entry =
      Fresh::Map({{"issuer", Fresh::Map({{"url", Fresh::Text(issuer)},
                                         {"audiences", Fresh::List({Fresh::Text(audience)})}})},
                  {"claimMappings", Fresh::Map({{"username", Claim(username_claim, "oidc:")}})}});
  const yaml::Value list = file.root(0)["jwt"];
  if (list.is_sequence())
    return SpliceFor(file,
                     {YamlEdit::Kind::kInsertItem, list.id(), list.size(), "", std::move(entry)});
  const Fresh issuers = Fresh::List({std::move(entry)});
  return SetPath(file, {"jwt"}, &issuers);
}

}  // namespace seawall::harden
