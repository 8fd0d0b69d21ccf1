// YAML and JSON without their secrets and comments. Private to this room.
#pragma once

#include <string>

#include "bundle/pseudonyms.h"
#include "yaml/document.h"

namespace seawall::bundle {

/// The bytes of the same length with everything replaced that a known key does not make harmless.
std::string WithoutSecrets(const yaml::Stream& stream, Pseudonyms& pseudonyms);

/// Base64 text laid over other base64 text of the same number of digits; line ends stay.
void LayOver(std::string& text, size_t from, size_t to, const std::string& digits);

}  // namespace seawall::bundle
