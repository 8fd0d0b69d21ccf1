// The policy file of the authorization mode ABAC: one policy as a JSON (or YAML) object on each
// line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::cluster::kinds {

struct AbacFault {
  size_t line = 0;  ///< 1-based
  std::string text;
  bool refused = true;  ///< false: the file is too long to be read to its end
};

/// The first line that kube-apiserver refuses, with which it does not start; nothing of a sound
/// file. Empty lines and those that begin with "#" are passed over; a line without apiVersion and
/// kind is an old, unversioned policy. Source: kubernetes/pkg/auth/authorizer/abac, seen on 1.37.2.
std::optional<AbacFault> FindAbacFault(std::string_view bytes);

}  // namespace seawall::cluster::kinds
