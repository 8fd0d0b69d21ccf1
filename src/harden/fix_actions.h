// What most rows of the table of fixes do. Private to this room.
#pragma once

#include <string>

#include "harden/fix.h"

namespace seawall::harden {

// ---- rows' functions

/// The setting gets the value.
Result<Draft> SetValue(const Fix& fix, const FixContext& context);
/// The settings (words) are taken away, so that the default holds.
Result<Draft> TakeAway(const Fix& fix, const FixContext& context);
/// The setting gets what the person chose by the row's parameter.
Result<Draft> SetParameter(const Fix& fix, const FixContext& context);
/// SetValue once the person said yes by the row's parameter.
Result<Draft> SetWithConsent(const Fix& fix, const FixContext& context);
/// TakeAway once the person said yes.
Result<Draft> TakeAwayWithConsent(const Fix& fix, const FixContext& context);
/// A file, chosen by the person, that is there.
Result<Draft> SetFile(const Fix& fix, const FixContext& context);
/// Cipher suites with forward secrecy and authenticated encryption.
Result<Draft> SetStrongCiphers(const Fix& fix, const FixContext& context);
/// Modes and owners of what the finding names.
Result<Draft> Chmod(const Fix& fix, const FixContext& context);
Result<Draft> Chown(const Fix& fix, const FixContext& context);
/// Both, for rules that want nobody but root to be able to write.
Result<Draft> OnlyRootWrites(const Fix& fix, const FixContext& context);

// ---- parts

/// k3s and RKE2 write their components' command lines: what they should say is handed over.
bool IsHandedOver(const cluster::Component& component);

/// Wants a setting of the context's component, and says so in the draft.
Result<void> Want(const FixContext& context, const std::string& setting,
                  const std::optional<Wanted>& wanted, Draft& draft);
/// true, false and whole numbers are literals, everything else is text.
Wanted WantedOf(const std::string& text);

/// kUsage: `--set name=…` is missing; `what` says what it is.
std::unexpected<Error> Needs(std::string_view parameter, std::string_view what);
/// kUsage when the person did not say --set PARAMETER=true.
Result<void> Consent(const FixContext& context, std::string_view parameter, std::string_view what);
std::unexpected<Error> Missing(std::string why, std::string todo);

/// Makes the component's container see the folder `path` of the node; nothing when it does, or runs
/// outside of any.
Result<void> EnsureMount(const FixContext& context, const std::string& name,
                         const std::string& path, bool read_only, Draft& draft);
/// A new file that the component reads, with the owner of the key that it reads already; its folder
/// too.
Result<void> NewFile(const FixContext& context, const std::string& path, std::string content,
                     Draft& draft);

}  // namespace seawall::harden
