#include "harden/fix_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/flag_table.h"
#include "rules/file_checks.h"

namespace seawall::harden {
namespace {

std::string FirstWord(std::string_view text) { return std::string(text.substr(0, text.find(' '))); }

std::string SettingOf(const Fix& fix, const FixContext& context) {
  return *fix.setting != '\0' ? fix.setting : FirstWord(context.finding.rule->setting);
}

std::string ValueOf(const Fix& fix, const FixContext& context) {
  return *fix.value != '\0' ? fix.value : context.finding.rule->wanted;
}

/// What to write where seawall does not, as a person would write it.
std::string ByHand(const cluster::Component& component, const std::string& setting,
                   const std::optional<Wanted>& wanted) {
  const cluster::FlagTable table(component.kind, component.version);
  const char* flag = table.Find(setting) != nullptr    ? setting.c_str()
                     : ConfigFileOf(component).empty() ? table.FlagOf(setting)
                                                       : nullptr;
  const std::string name = flag == nullptr ? setting : fmt::format("--{}", flag);
  if (!wanted) return fmt::format("take {} away by hand", name);
  return fmt::format("write {}{}{} by hand", name, flag == nullptr ? ": " : "=",
                     Join(wanted->items, ","));
}

bool IsRootOwned(std::string_view owner) { return owner == "root:root"; }

}  // namespace

Wanted WantedOf(const std::string& text) {
  const bool literal = text == "true" || text == "false" || ParseInt(text).has_value();
  return literal ? Wanted::Literal(text) : Wanted::Text(text);
}

std::unexpected<Error> Missing(std::string why, std::string todo) {
  return Fail(ErrorCode::kUsage, "plan the change", "", std::move(why), std::move(todo));
}

std::unexpected<Error> Needs(std::string_view parameter, std::string_view what) {
  return Missing(fmt::format("only a person can choose {}", what),
                 fmt::format("--set {}=VALUE", parameter));
}

Result<void> Consent(const FixContext& context, std::string_view parameter, std::string_view what) {
  const auto value = context.Get(parameter);
  if (value && *value == "true") return {};
  return Missing(std::string(what),
                 fmt::format("if that is so, or wanted: --set {}=true", parameter));
}

bool IsHandedOver(const cluster::Component& component) {
  return component.run_by == cluster::RunBy::kK3s || component.run_by == cluster::RunBy::kRke2;
}

Result<void> Want(const FixContext& context, const std::string& setting,
                  const std::optional<Wanted>& wanted, Draft& draft) {
  const cluster::Component& component = *context.component;
  draft.wishes.push_back({component.kind, component.instance, setting, wanted});
  auto touches = EditSetting(context.node, component, setting, wanted);
  if (!touches) {
    // Whoever writes the configuration is told what it should say, all of it.
    if (IsHandedOver(component)) return {};
    Error refused = touches.error();
    if (refused.code == ErrorCode::kUnsupported) refused.todo = ByHand(component, setting, wanted);
    return std::unexpected(std::move(refused));
  }
  std::ranges::move(*touches, std::back_inserter(draft.touches));
  return {};
}

Result<Draft> SetValue(const Fix& fix, const FixContext& context) {
  Draft draft;
  auto done = Want(context, SettingOf(fix, context), WantedOf(ValueOf(fix, context)), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

Result<Draft> TakeAway(const Fix& fix, const FixContext& context) {
  Draft draft;
  const std::string names = *fix.setting != '\0' ? fix.setting : context.finding.rule->setting;
  for (const std::string& name : SplitWords(names)) {
    if (auto done = Want(context, name, std::nullopt, draft); !done)
      return std::unexpected(done.error());
  }
  return draft;
}

Result<Draft> SetParameter(const Fix& fix, const FixContext& context) {
  const auto value = context.Get(fix.parameter);
  if (!value) return Needs(fix.parameter, fix.what);
  Draft draft;
  auto done = Want(context, SettingOf(fix, context), WantedOf(*value), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

Result<Draft> SetWithConsent(const Fix& fix, const FixContext& context) {
  if (auto said = Consent(context, fix.parameter, fix.what); !said)
    return std::unexpected(said.error());
  return SetValue(fix, context);
}

Result<Draft> TakeAwayWithConsent(const Fix& fix, const FixContext& context) {
  if (auto said = Consent(context, fix.parameter, fix.what); !said)
    return std::unexpected(said.error());
  return TakeAway(fix, context);
}

Result<Draft> SetFile(const Fix& fix, const FixContext& context) {
  const auto path = context.Get(fix.parameter);
  if (!path) return Needs(fix.parameter, fix.what);
  const auto on_node = context.component->HostPath(*path);
  if (!on_node || !context.node.Stat(*on_node))
    return Missing(
        fmt::format("{} is not there, or the component does not see it", *path),
        fmt::format("lay the file there, or name another one: --set {}=FILE", fix.parameter));
  Draft draft;
  auto done = Want(context, SettingOf(fix, context), Wanted::Text(*path), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

Result<Draft> SetStrongCiphers(const Fix& fix, const FixContext& context) {
  // Most clients first; all of them have forward secrecy and authenticated encryption.
  static const std::vector<std::string> kSuites = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                                   "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                                   "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                                   "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                                   "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                                                   "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"};
  Draft draft;
  auto done = Want(context, SettingOf(fix, context), Wanted::List(kSuites), draft);
  if (!done) return std::unexpected(done.error());
  return draft;
}

Result<Draft> Chmod(const Fix& fix, const FixContext& context) {
  Draft draft;
  const uint32_t most = rules::ParseMode(ValueOf(fix, context));
  for (const rules::Evidence& evidence : context.finding.outcome.evidence) {
    if (evidence.setting != "mode") continue;
    const auto& stat = context.node.Stat(evidence.place.file);
    if (!stat) return std::unexpected(stat.error());
    const uint32_t judged = stat->type == FileStat::Type::kFolder ? 0777u : 06777u;
    const uint32_t mode = stat->mode & ~(judged & ~most);
    if (mode != stat->mode) draft.touches.push_back(Touch::Mode(evidence.place.file, mode));
  }
  return draft;
}

Result<Draft> Chown(const Fix& fix, const FixContext& context) {
  if (!IsRootOwned(ValueOf(fix, context)))
    return Missing("the component must run as that user first, and only a person can choose it",
                   "create the user, change the unit or manifest, then chown");
  Draft draft;
  for (const rules::Evidence& evidence : context.finding.outcome.evidence) {
    if (evidence.setting != "owner") continue;
    const auto& stat = context.node.Stat(evidence.place.file);
    if (!stat) return std::unexpected(stat.error());
    if (stat->uid != 0 || stat->gid != 0)
      draft.touches.push_back(Touch::Owner(evidence.place.file, 0, 0));
  }
  return draft;
}

Result<Draft> OnlyRootWrites(const Fix&, const FixContext& context) {
  Draft draft;
  for (const rules::Evidence& evidence : context.finding.outcome.evidence) {
    if (evidence.origin != "stat") continue;
    const std::string& path = evidence.place.file;
    const auto& stat = context.node.Stat(path);
    if (!stat) return std::unexpected(stat.error());
    if (stat->uid != 0) draft.touches.push_back(Touch::Owner(path, 0, 0));
    if ((stat->mode & 022u) != 0) draft.touches.push_back(Touch::Mode(path, stat->mode & ~022u));
  }
  return draft;
}

std::optional<std::string> FixContext::Get(std::string_view name) const {
  const auto found = set.find(name);
  return found == set.end() ? std::nullopt : std::optional(found->second);
}

const char* ToString(Risk risk) {
  switch (risk) {
    case Risk::kNone:
      return "none";
    case Risk::kRestart:
      return "restart";
    case Risk::kClients:
      return "clients";
    case Risk::kOneWay:
      return "one-way";
  }
  return "";
}

}  // namespace seawall::harden
