// The rows of the recipe that seawall automates, and what is said of each.
#pragma once

#include <span>
#include <string_view>

namespace seawall::rules {

struct Row {
  const char* id;     ///< "5a"
  const char* title;  ///< "etcd: client TLS"
  const char* asks;   ///< what the recipe asks for
  const char* today;  ///< what it leaves out, or what has grown old; "" when nothing
};

/// In the recipe's order.
std::span<const Row> AllRows();
const Row* FindRow(std::string_view id);

}  // namespace seawall::rules
