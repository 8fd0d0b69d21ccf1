// JSON as events. Private to this room.
#pragma once

#include "yaml/events.h"

namespace seawall::yaml {

/// Reads JSON values one after the other; `began` says whether a whole one was given to `sink`.
Result<void> ReadJsonEvents(const std::string& file, std::string_view bytes, EventSink& sink,
                            const EventLimits& limits, bool& began);

}  // namespace seawall::yaml
