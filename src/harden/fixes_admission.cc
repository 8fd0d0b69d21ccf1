// Row 3b: admission plugins.
#include <algorithm>

#include "base/text.h"
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

std::vector<std::string> ItemsOf(const FixContext& context, const char* flag) {
  std::vector<std::string> items;
  for (const cluster::Item& item : context.component->Get(flag).items) {
    // A flag that comes twice may name one twice.
    if (std::ranges::find(items, item.text) == items.end()) items.push_back(item.text);
  }
  return items;
}

/// `plugins` as the list of a flag; an empty one takes the flag away.
Result<void> WantList(const FixContext& context, const char* flag, std::vector<std::string> plugins,
                      Draft& draft) {
  if (plugins.empty()) return Want(context, flag, std::nullopt, draft);
  return Want(context, flag, Wanted::List(std::move(plugins)), draft);
}

/// The list of old, which says everything at once: an edit of the newer flags would say nothing.
Result<void> NoOldList(const FixContext& context) {
  const cluster::Setting old = context.component->Get("admission-control");
  if (!old.written() || old.text.empty()) return {};
  return Missing("--admission-control names every plugin that runs, in their order",
                 "replace it by --enable-admission-plugins");
}

/// Adds the rule's plugins to --enable-admission-plugins, and takes them off --disable-….
Result<Draft> Enable(const Fix&, const FixContext& context) {
  if (auto none = NoOldList(context); !none) return std::unexpected(none.error());
  std::vector<std::string> on = ItemsOf(context, "enable-admission-plugins");
  std::vector<std::string> off = ItemsOf(context, "disable-admission-plugins");
  const size_t were_off = off.size();
  bool added = false;
  for (const std::string& plugin : SplitWords(context.finding.rule->wanted)) {
    if (std::erase(off, plugin) > 0) continue;
    if (std::ranges::find(on, plugin) != on.end()) continue;
    on.push_back(plugin);
    added = true;
  }
  Draft draft;
  if (off.size() != were_off) {
    auto done = WantList(context, "disable-admission-plugins", std::move(off), draft);
    if (!done) return std::unexpected(done.error());
    // What is off by default and was disabled too needs the next round.
    if (!added) return draft;
  }
  auto done = WantList(context, "enable-admission-plugins", std::move(on), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

Result<Draft> EnableWithConsent(const Fix& fix, const FixContext& context) {
  if (auto said = Consent(context, fix.parameter, fix.what); !said)
    return std::unexpected(said.error());
  return Enable(fix, context);
}

Result<Draft> Disable(const Fix&, const FixContext& context) {
  if (auto none = NoOldList(context); !none) return std::unexpected(none.error());
  std::vector<std::string> on = ItemsOf(context, "enable-admission-plugins");
  for (const std::string& plugin : SplitWords(context.finding.rule->wanted)) std::erase(on, plugin);
  Draft draft;
  auto done = WantList(context, "enable-admission-plugins", std::move(on), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

constexpr Fix kFixes[] = {
    {.rule = "admission-node-restriction",
     .make = Enable,
     .risk = Risk::kClients,
     .cuts_off = "kubelets that change objects of other nodes"},
    {.rule = "admission-not-always-admit", .make = Disable},
    {.rule = "admission-service-account", .make = Enable},
    {.rule = "admission-namespace-lifecycle", .make = Enable},
    {.rule = "admission-pod-security", .make = Enable},
    {.rule = "admission-certificates", .make = Enable},
    {.rule = "admission-policies-run", .make = Enable},
    {.rule = "admission-quota", .make = Enable},
    {.rule = "admission-always-pull-images",
     .make = EnableWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "pods whose registry is down when they start",
     .parameter = "accept-always-pull-images",
     .what = "every pod's images are asked for at its start: with the registry down none starts"},
    {.rule = "admission-no-external-ips",
     .make = EnableWithConsent,
     .risk = Risk::kClients,
     .cuts_off = "services with externalIPs",
     .parameter = "accept-no-external-ips",
     .what = "services with externalIPs can no longer be made or changed, and whether there are "
             "any cannot be seen in files"},
};

}  // namespace

std::span<const Fix> AdmissionFixes() { return kFixes; }

}  // namespace seawall::harden
