// The checks that most rows of the table need, and the words that all checks use for settings. A
// generic check takes its parameters from the row: `setting` is the name for Component::Get,
// `wanted` what it should be.
//
// All of them keep one promise: a setting that is not known gives unknown, and so does a file that
// is named and cannot be read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/component.h"
#include "cluster/kinds/load.h"
#include "rules/rule.h"
#include "rules/tally.h"

namespace seawall::rules {

// ---- words

/// "--profiling" for what a flag says, the field's path for the rest.
std::string NameOf(const cluster::Component& component, const cluster::Setting& setting);
/// "--profiling is true (the default of kube-apiserver 1.37)", "--client-ca-file is not set".
std::string Says(const cluster::Component& component, const cluster::Setting& setting);
/// Bytes of a value, and values that it overrode, that evidence shows; more is no setting.
inline constexpr size_t kLongestShown = 2000;
inline constexpr size_t kMostOverridden = 50;
Evidence EvidenceOf(const cluster::Setting& setting);
/// One element of a list.
Evidence EvidenceOf(const cluster::Setting& setting, const cluster::Item& item);
/// A value in a file that a setting names.
Evidence EvidenceIn(std::string setting, const std::string& value, const Place& place);
/// The outcome of every rule about a setting that cannot be known.
Outcome UnknownSetting(const cluster::Component& component, const cluster::Setting& setting);
/// Of one that this version does not have.
Outcome AbsentSetting(const cluster::Component& component, const cluster::Setting& setting);
/// Known, and nothing is in it.
bool Empty(const cluster::Setting& setting);

// ---- generic checks

/// The effective value equals `wanted`. A version without the setting: not applicable.
Outcome IsValue(const Rule& rule, const Context& context);
/// Nobody set it, or to the empty text. A version without the setting passes.
Outcome IsEmpty(const Rule& rule, const Context& context);
/// Set to anything at all.
Outcome IsGiven(const Rule& rule, const Context& context);
/// An integer of at least `wanted`.
Outcome IsAtLeast(const Rule& rule, const Context& context);
/// Unknown when a name stands where Kubernetes' components take an IP address only.
std::optional<Outcome> NamedAddress(const Context& context, const cluster::Setting& setting,
                                    std::string_view host);
/// An address that only the machine itself can reach.
Outcome IsLoopback(const Rule& rule, const Context& context);
/// A legacy port flag: zero, or a version without it.
Outcome PortIsOff(const Rule& rule, const Context& context);
/// Anything but `wanted`; `setting` may be several names with spaces between. A version without
/// them passes.
Outcome IsNot(const Rule& rule, const Context& context);
/// A file, or a list of files, that are there.
Outcome NamesFile(const Rule& rule, const Context& context);
/// Files of keys that are there and can be read.
Outcome NamesKeys(const Rule& rule, const Context& context);
/// A file of certificates that is there and can be read.
Outcome NamesCertificates(const Rule& rule, const Context& context);
/// `setting` is two names with a space between: a certificate's file and its key's, both there.
Outcome NamesKeyPair(const Rule& rule, const Context& context);
/// A kubeconfig of a webhook: every server over https, verified. Not set: not applicable.
Outcome WebhookIsVerified(const Rule& rule, const Context& context);

// ---- parts of checks

/// Why a path that a component uses cannot be relied on; nothing when the file is there (and
/// parses, where it should). Under `-f` there are no files to look at, and every path is taken at
/// its word.
struct PathDoubt {
  std::string why, how;
};
std::optional<PathDoubt> DoubtOfFile(const Context& context, std::string_view path);
/// The same for a file of a private or public key; one that is protected by a passphrase is one.
std::optional<PathDoubt> DoubtOfKey(const Context& context, std::string_view path);
std::optional<PathDoubt> DoubtOfCertificates(const Context& context, std::string_view path);
/// Unknown when the flags, fields and defaults of a component's version are not known.
std::optional<Outcome> VersionInDoubt(const cluster::Component& component);
/// Unknown when a machine shows a component's configuration file but nothing that starts it: what
/// is said of its flags would be an assumption.
std::optional<Outcome> StartIsAssumed(const Context& context);
/// Whether the server that a kubeconfig names is spoken to over https and verified.
Outcome JudgeServer(const cluster::kinds::KubeconfigCluster& cluster);

/// The end of a check that needs the file behind a setting and does not have it: `not_set` when the
/// setting is empty, unknown for everything that is in the way; nothing when there is a view
/// (kLoaded and kRefused).
template <typename T>
std::optional<Outcome> EndOf(const Context& context, const cluster::kinds::Loaded<T>& loaded,
                             Verdict not_set) {
  using cluster::SettingState;
  const cluster::Component& component = *context.component;
  if (loaded.setting.state == SettingState::kUnknown)
    return UnknownSetting(component, loaded.setting);
  if (loaded.view) return std::nullopt;
  if (loaded.state == cluster::kinds::LoadState::kNotSet) {
    Outcome outcome;
    outcome.verdict = not_set;
    outcome.reason = Says(component, loaded.setting);
    if (loaded.setting.known()) outcome.evidence = {EvidenceOf(loaded.setting)};
    return outcome;
  }
  return Unknown(loaded.why, loaded.how, {EvidenceOf(loaded.setting)});
}

/// What `load` gives for the component, made once for all rules that ask for it by the same name.
template <typename Load>
auto Kept(const Context& context, std::string_view what, Load load) {
  using T = decltype(load(context.node, *context.component));
  if (context.notes == nullptr)
    return std::make_shared<const T>(load(context.node, *context.component));
  std::shared_ptr<const void>& known = context.notes->kept[{what, context.component}];
  if (!known) known = std::make_shared<const T>(load(context.node, *context.component));
  return std::static_pointer_cast<const T>(known);
}

/// What was judged by a file: a file that the component refuses gives no pass, for it never ran
/// with it.
template <typename T>
Outcome Trusted(const Context& context, const cluster::kinds::Loaded<T>& loaded, Outcome outcome) {
  const bool good = outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kNotApplicable;
  if (loaded.state != cluster::kinds::LoadState::kRefused || !good) return outcome;
  return Unknown(
      std::string(ToString(context.component->kind)) + " refuses the file: " + loaded.why,
      loaded.how, std::move(outcome.evidence));
}

}  // namespace seawall::rules
