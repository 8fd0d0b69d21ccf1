// How the value of a setting is shown and compared: one form for every way of writing it, and no
// secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cluster/setting.h"
#include "cluster/versions/tables.h"

namespace seawall::cluster {

/// The one form of a scalar ("T" becomes "true", "4h" becomes "4h0m0s", "0x10" becomes "16");
/// nothing when the component would refuse the text.
std::optional<std::string> CanonicalValue(versions::FlagType type, std::string_view text);

/// Fills text and items of a default.
void FillDefault(const versions::FlagRow& row, Setting& setting);
void FillDefault(const versions::FieldRow& row, Setting& setting);

/// The items joined with commas.
std::string Joined(const std::vector<Item>& items);

/// `text` without what must never be shown: the value of a setting that holds a secret, user and
/// password of a URL. `known` is false for a flag that no version of the component has: its name
/// alone then decides.
std::string Redacted(std::string_view name, std::string text, bool known = true);

/// What a flag of this type takes, for messages: "true or false".
const char* Takes(versions::FlagType type);

}  // namespace seawall::cluster
