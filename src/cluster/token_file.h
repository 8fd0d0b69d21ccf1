// The CSV of --token-auth-file as kube-apiserver reads it: token,user,uid,"group1,group2".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace seawall::cluster {

struct TokenFileFault {
  size_t line = 0;   ///< 1-based, of the record
  std::string text;  ///< what is wrong with it; nothing of the file's content
};

/// The first record that kube-apiserver refuses, with which it does not start; nothing of a sound
/// file. encoding/csv of Go: quotes only around a whole field, empty lines are passed over, a "#"
/// begins no comment. Source: apiserver/pkg/authentication/token/tokenfile.
std::optional<TokenFileFault> FindTokenFileFault(std::string_view bytes);

}  // namespace seawall::cluster
