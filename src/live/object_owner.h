// Who else writes an object of the API: what he restores is not ours to change.
#pragma once

#include <string>

#include "yaml/document.h"

namespace seawall::live {

/// By its owners, labels, annotations and the names of those who wrote its fields; "": nobody who
/// is known.
std::string OwnerOf(const yaml::Value& object);

}  // namespace seawall::live
