// Manifests out of a Git repository, by the user's own git.
#pragma once

#include <string>
#include <vector>

#include "app/rbac_inputs.h"

namespace seawall::app {

/// "git:REV" or "git:REV:PATH": nothing for another word.
struct GitWord {
  std::string revision, path;
};
std::optional<GitWord> ReadGitWord(const std::string& word);

/// The manifests (*.yaml, *.yml, *.json) below PATH, "" being the working folder, as REV has them;
/// PATH may be one file. Nothing is fetched and nothing in the repository is started. Names are
/// "REV:PATH/FILE". At most as many and as large as ReadManifestFiles takes. To be called before
/// the sandbox is entered. Errors: kNotFound, kTooLarge, kIo.
Result<std::vector<NamedBytes>> ReadGitFiles(const GitWord& word);

}  // namespace seawall::app
