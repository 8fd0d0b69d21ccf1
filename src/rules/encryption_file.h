// The encryption configuration behind --encryption-provider-config, as the rules about it look at
// it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cluster/kinds/load.h"
#include "rules/checks.h"
#include "rules/rule.h"

namespace seawall::rules {

/// The file, or the end of the check: the verdict `not_set` when kube-apiserver is given none.
struct EncryptionFile {
  using Loaded = cluster::kinds::Loaded<cluster::kinds::EncryptionConfiguration>;
  std::shared_ptr<const Loaded> held;
  const Loaded& loaded = *held;
  std::optional<Outcome> end = std::nullopt;
};
EncryptionFile LoadEncryptionFile(const Context& context, Verdict not_set);

Evidence EvidenceOfProvider(const cluster::kinds::EncryptionProvider& provider);

/// Judges every provider of the file; those that do not concern the rule are passed over by
/// `judge`.
template <typename Judge>
Outcome ForProviders(const Context& context, const char* nothing, Judge judge) {
  const EncryptionFile asked = LoadEncryptionFile(context, Verdict::kNotApplicable);
  if (asked.end) return *asked.end;
  Tally tally;
  for (const cluster::kinds::EncryptionResources& entry : asked.loaded->resources) {
    for (const cluster::kinds::EncryptionProvider& provider : entry.providers)
      judge(provider, tally);
  }
  return Trusted(context, asked.loaded, std::move(tally).Done(nothing));
}

}  // namespace seawall::rules
