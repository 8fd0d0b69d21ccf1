// Keys that reports are signed with: files that nobody but their owner may read.
#pragma once

#include <optional>

#include "app/command.h"
#include "x509/ed25519.h"

namespace seawall::app {

/// The key of --sign; nothing without the option. Errors: kPermission when others may read it, and
/// those of the file.
Result<std::optional<x509::SigningKey>> ReadSigningKey(const Arguments& arguments);

}  // namespace seawall::app
