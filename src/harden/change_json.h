// One change of a file as JSON, in plans and journals alike. Private to this room.
#pragma once

#include "harden/change.h"
#include "harden/json_out.h"
#include "yaml/document.h"

namespace seawall::harden {

/// The fields of a change, into an object that is open.
void WriteChange(const FileChange& change, JsonOut& out);
/// kMalformed with the place of what is wrong.
Result<FileChange> ReadChange(yaml::Value object);

/// "0600", and back; nothing for what is no octal number of permission bits.
std::string OctalText(uint32_t mode);

/// "2026-11-28T18:00:00Z", and back (0 for anything else).
std::string TimeText(int64_t seconds);
int64_t SecondsOf(std::string_view text);

}  // namespace seawall::harden
