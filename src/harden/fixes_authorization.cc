// Rows 3a and 3c: RBAC and Node on, ABAC and AlwaysAllow off. Another authorizer only adds rights;
// taking one away cuts off whoever lives on it.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/values.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

using cluster::Setting;

constexpr const char* kModes = "authorization-mode";
constexpr const char* kAbacWindow = "abac-window";

/// The modes that --authorization-mode gives, or why they stand elsewhere.
Result<std::vector<std::string>> ModesOf(const FixContext& context) {
  const Setting file = context.component->Get("authorization-config");
  if (!file.known())
    return Missing(fmt::format("whether the authorizers stand in a file of --authorization-config "
                               "is not known: {}",
                               file.why),
                   file.how);
  if (!file.text.empty())
    return Missing("the authorizers stand in a file of --authorization-config",
                   "change the list of authorizers in that file");
  const Setting modes = context.component->Get(kModes);
  if (!modes.known()) return Missing(modes.why, modes.how);
  std::vector<std::string> names;
  for (const cluster::Item& item : modes.items) names.push_back(item.text);
  return names;
}

bool Has(const std::vector<std::string>& modes, std::string_view mode) {
  return std::ranges::find(modes, mode) != modes.end();
}

Result<Draft> SetModes(const FixContext& context, std::vector<std::string> modes) {
  Draft draft;
  auto done = Want(context, kModes, Wanted::List(std::move(modes)), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

/// Node first, as kubeadm writes it; RBAC behind it.
std::vector<std::string> WithNodeAndRbac(std::vector<std::string> modes) {
  std::erase(modes, "AlwaysAllow");
  if (!Has(modes, "RBAC")) {
    const auto abac = std::ranges::find(modes, "ABAC");
    modes.insert(abac, "RBAC");
  }
  if (!Has(modes, "Node")) modes.insert(modes.begin(), "Node");
  return modes;
}

Result<Draft> NodeAndRbac(const Fix&, const FixContext& context) {
  auto modes = ModesOf(context);
  if (!modes) return std::unexpected(modes.error());
  if (Has(*modes, "AlwaysAllow")) {
    auto said = Consent(context, "accept-rbac-only",
                        "everything is allowed to everybody now, and whether every user and "
                        "service account has the bindings that it needs cannot be seen in files");
    if (!said) return std::unexpected(said.error());
  }
  return SetModes(context, WithNodeAndRbac(*modes));
}

/// Lines of an ABAC policy file that give rights.
size_t PolicyLines(const std::string& bytes) {
  size_t count = 0;
  for (const std::string_view line : Split(bytes, '\n')) {
    const std::string_view text = Trim(line);
    count += !text.empty() && !text.starts_with('#') ? 1 : 0;
  }
  return count;
}

/// What the API servers say of it; refused where nothing can be asked, or somebody lives on ABAC.
Result<std::string> NobodyLivesOnAbac(const FixContext& context, const std::string& what) {
  constexpr const char* kHow =
      "seawall rbac from-abac writes the same rights as roles and bindings: apply them, RBAC "
      "before "
      "ABAC; then, on the machine itself, --set abac-window=24h: for so long no API server may "
      "have "
      "allowed anything by ABAC";
  const auto text = context.Get(kAbacWindow);
  if (!context.abac_quiet || !text)
    return Missing(what + ", and whether RBAC gives them too is not proven", kHow);
  const int64_t window = cluster::ParseDuration(*text).value_or(0) / 1'000'000'000;
  auto quiet = context.abac_quiet(window);
  if (quiet) return quiet;
  const Error& error = quiet.error();
  return Missing(fmt::format("{}: {}: {}", what, error.where, error.why),
                 error.todo.empty() ? kHow : error.todo);
}

Result<Draft> AbacOff(const Fix&, const FixContext& context) {
  auto modes = ModesOf(context);
  if (!modes) return std::unexpected(modes.error());
  const Setting file = context.component->Get("authorization-policy-file");
  const auto path = file.known() ? context.component->HostPath(file.text) : std::nullopt;
  if (!path) return Missing("which ABAC policy is loaded is not known", "look at the policy file");
  const auto& bytes = context.node.Bytes(*path);
  if (!bytes)
    return Missing("the ABAC policy cannot be read: " + bytes.error().why, "make it readable");
  std::string seen;
  if (const size_t lines = PolicyLines(*bytes); lines > 0) {
    auto quiet = NobodyLivesOnAbac(
        context, fmt::format("{} gives rights in {} line{}", *path, lines, lines == 1 ? "" : "s"));
    if (!quiet) return std::unexpected(quiet.error());
    seen = std::move(*quiet);
  }
  std::erase(*modes, "ABAC");
  auto draft = SetModes(context, *modes);
  if (!draft) return draft;
  if (!seen.empty()) draft->notes.push_back(std::move(seen));
  auto gone = Want(context, "authorization-policy-file", std::nullopt, *draft);
  if (!gone) return std::unexpected(gone.error());
  return draft;
}

constexpr Fix kFixes[] = {
    {.rule = "apiserver-not-always-allow",
     .make = NodeAndRbac,
     .risk = Risk::kClients,
     .cuts_off = "whoever has no binding of RBAC",
     .parameter = "accept-rbac-only",
     .clients_unknown = true},
    {.rule = "apiserver-authorizes-nodes", .make = NodeAndRbac},
    {.rule = "apiserver-authorizes-with-rbac", .make = NodeAndRbac},
    {.rule = "apiserver-abac-off",
     .make = AbacOff,
     .risk = Risk::kClients,
     .cuts_off = "whoever has a right by ABAC alone and did not use it in the window",
     .parameter = kAbacWindow,
     .what = "for how long no API server may have allowed anything by ABAC (24h)"},
    {.rule = "apiserver-authorization-webhook-cache", .make = SetValue, .value = "5m0s"},
};

}  // namespace

std::span<const Fix> AuthorizationFixes() { return kFixes; }

}  // namespace seawall::harden
