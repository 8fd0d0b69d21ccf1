// What RapidJSON writes JSON into. Its own StringBuffer has a writer for SSE2 that leaves the
// control characters 0x1A to 0x1F as they are (ESC among them); for every other type it writes as
// it should.
#pragma once

#include <rapidjson/stringbuffer.h>

namespace seawall {

struct JsonBuffer : rapidjson::StringBuffer {};

}  // namespace seawall
