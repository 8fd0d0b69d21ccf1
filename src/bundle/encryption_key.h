// Keys of an EncryptionConfiguration. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "bundle/pseudonyms.h"

namespace seawall::bundle {

/// Bytes that every rule judges like the key's: as many, as many different ones, printable when the
/// key's are; equal for equal keys. An example from the documentation, which is no secret, stays.
std::string LikeEncryptionKey(std::string_view key, const Pseudonyms& pseudonyms);

}  // namespace seawall::bundle
