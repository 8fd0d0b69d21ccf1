// What a component said last, in which there may be why it ended. Private to this room.
#pragma once

#include <string>

#include "live/machine.h"

namespace seawall::live {

/// The last lines of a static pod, of its latest containers together: up to the last that
/// complains. "" when there are none.
std::string PodWords(const PodLog& log, size_t lines);

/// The last lines that the component wrote; "" when nobody knows where. Secrets are still in them.
/// `file`: where it wrote to when it ran.
std::string LastWords(const cluster::Component& component, const std::string& file, size_t lines);

}  // namespace seawall::live
