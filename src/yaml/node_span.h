// Where nodes begin and end when libyaml's marks say something else than a splice needs. Private to
// this room.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/place.h"

namespace seawall::yaml {

/// What a node may have in front of it, each at most once.
struct Properties {
  bool anchor = true;
  bool tag = true;
};

/// Beginning of a node behind its anchor and tag and the blanks and comments after them. A block
/// mapping's first key may have properties of its own right behind them, which is why those of the
/// node itself have to be told.
size_t SkipProperties(std::string_view bytes, Span node, Properties properties);

/// Where an empty value belongs: right after the ":" that follows its key (which ends at
/// `last_end`), or after the key itself when it has none; for other empty nodes where libyaml puts
/// it (`begin`).
size_t PlaceOfEmpty(std::string_view bytes, size_t last_end, size_t begin, bool mapping_value);

/// End of a literal or folded block without the trailing blank lines, which do not belong to its
/// text (they do with "+").
size_t EndOfBlockScalar(std::string_view bytes, Span block);

}  // namespace seawall::yaml
