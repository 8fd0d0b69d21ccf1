// How many lines two texts share at their beginning and at their end: what a diff leaves alone.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace seawall {

struct CommonEnds {
  size_t head = 0;
  size_t tail = 0;  ///< of what the head leaves
};

/// Pure, thread-safe.
inline CommonEnds EndsInCommon(std::span<const std::string_view> a,
                               std::span<const std::string_view> b) {
  CommonEnds ends;
  while (ends.head < a.size() && ends.head < b.size() && a[ends.head] == b[ends.head]) ++ends.head;
  while (ends.tail < a.size() - ends.head && ends.tail < b.size() - ends.head &&
         a[a.size() - 1 - ends.tail] == b[b.size() - 1 - ends.tail])
    ++ends.tail;
  return ends;
}

}  // namespace seawall
