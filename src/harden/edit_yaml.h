// The smallest splice of a YAML or JSON file for one change of its tree. Nothing is written anew:
// comments, order, quotes, line ends and blank lines outside of the splice stay byte by byte. What
// cannot be done safely is refused (kUnsupported): what an anchor shares, comments that would go,
// and every splice after which the file does not parse to the tree that was wanted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "harden/change.h"
#include "harden/fresh.h"
#include "yaml/document.h"

namespace seawall::harden {

struct YamlEdit {
  enum class Kind : uint8_t {
    kReplace,      ///< the scalar (or flow collection) `node` becomes `value`
    kInsertItem,   ///< `value` becomes item `index` of the sequence `node`
    kRemoveItem,   ///< item `index` of the sequence `node` goes
    kInsertPair,   ///< `key`: `value` becomes the last pair of the mapping `node`
    kRemovePair,   ///< pair `index` of the mapping `node` goes
    kReplacePair,  ///< the value of pair `index` of the mapping `node` becomes `value`
  };
  Kind kind = Kind::kReplace;
  yaml::NodeId node = yaml::kNone;
  size_t index = 0;
  std::string key;
  Fresh value;
};

/// The splice, verified: spliced and parsed again the file has the wanted tree and nothing else
/// changed in it.
Result<Edit> SpliceFor(const yaml::Stream& stream, const YamlEdit& edit);

/// Makes `path` of the first document `value`, with the mappings on the way to it. nullopt in
/// `value`: takes it away, where it is there, and the mappings that are then empty. A file of
/// nothing but comments gets its first mapping.
Result<Edit> SetPath(const yaml::Stream& stream, const std::vector<std::string>& path,
                     const Fresh* value);

/// A file's tree as one text: equal when the trees are.
std::string TreeText(const yaml::Stream& stream);

}  // namespace seawall::harden
