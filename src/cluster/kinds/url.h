// The parts of a URL as Go's net/url takes them apart, as far as validation of configuration asks.
#pragma once

#include <string>
#include <string_view>

namespace seawall::cluster::kinds {

struct Url {
  bool valid = false;
  std::string scheme;  ///< lower case; empty when there is none
  bool has_user = false;
  std::string host;  ///< with port
  std::string path, query, fragment;
};

Url SplitUrl(std::string_view text);

}  // namespace seawall::cluster::kinds
