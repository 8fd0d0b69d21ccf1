// The blocks of a PEM file with their lines. Private to this room.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace seawall::x509 {

struct PemBlock {
  std::string_view label;  ///< "CERTIFICATE"
  std::string_view text;   ///< from BEGIN to the end of the END line
  uint32_t line = 0;       ///< 1-based, of BEGIN
  bool complete = false;   ///< its END line is there
  bool encrypted = false;  ///< it says so, by its label or its header
};

/// All blocks in order, at most `most`. Nothing is decoded; the views point into `pem`.
std::vector<PemBlock> FindBlocks(std::string_view pem, size_t most);

}  // namespace seawall::x509
