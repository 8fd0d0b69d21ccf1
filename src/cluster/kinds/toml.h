// TOML, as far as container runtimes' configuration uses it: tables, arrays of tables, dotted and
// quoted keys, strings of all four kinds, arrays, inline tables; numbers, booleans and dates stay
// the text that they are. One pass, flat result.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/place.h"

namespace seawall::cluster::kinds {

struct TomlValue {
  std::vector<std::string>
      path;  ///< table and key: {"plugins", "io.containerd.grpc.v1.cri", "stream_server_port"}
  std::vector<std::string> values;  ///< one for a scalar, the scalars of an array
  Place place;                      ///< of the value

  const std::string& text() const;  ///< the first value; "" when there is none
};

/// Every key that has a scalar or an array of scalars, in file order. Errors: kMalformed (the
/// message has no bytes of the file), kLimit (nesting over 64, more than 100,000 values).
Result<std::vector<TomlValue>> ReadToml(std::string_view bytes, const std::string& file);

/// The last value at `path`, or nullptr.
const TomlValue* Find(const std::vector<TomlValue>& values,
                      std::initializer_list<std::string_view> path);

}  // namespace seawall::cluster::kinds
