// What may leave a node: answers with their secrets replaced. docs/formats/bundle.md says by which
// rules. Private to this room.
#pragma once

#include <set>
#include <string>

#include "bundle/answers.h"
#include "bundle/pseudonyms.h"

namespace seawall::bundle {

/// Everything of the same length, in the same lines and columns. Of a file whose format is not
/// known nothing but its shape is left. `token_files` hold static tokens.
Answers WithoutSecrets(Answers answers, const std::set<std::string>& token_files,
                       Pseudonyms& pseudonyms);

}  // namespace seawall::bundle
