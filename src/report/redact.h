// The last line of defence for secrets: readers take care not to keep them, and every text that
// leaves seawall goes through here as well, because a value may hold what nobody expected there.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

/// Whether Redact would leave the text as it is; told without a copy. False is no promise.
bool IsHarmless(std::string_view text);

/// `text` with everything that looks like a credential replaced by "(hidden)": bootstrap tokens,
/// JSON Web Tokens, PEM blocks, user:password in URLs, "token=…", "password: …", "Bearer …" and the
/// like.
std::string Redact(std::string_view text);

/// Whether the value of a setting of this name is a credential itself (and not the path of a file
/// that holds one).
bool HoldsSecret(std::string_view setting);

/// The value of a setting of this name as it may be shown: hidden altogether, in parts, or not.
std::string RedactValue(std::string_view setting, std::string_view value);

}  // namespace seawall::report
