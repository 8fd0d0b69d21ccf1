// A bundle: what an audit needs of one node, in one file. docs/formats/bundle.md describes it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/answers.h"
#include "bundle/manifest.h"

namespace seawall::bundle {

/// Something beside the node's files: "proofs.json", "api/nodes.json".
struct Extra {
  std::string name;
  std::string content;
};

struct Bundle {
  Manifest manifest;
  std::shared_ptr<const Answers> answers = std::make_shared<const Answers>();
  std::vector<Extra> extras;

  /// What an audit reads.
  std::shared_ptr<const Files> files() const;
};

/// The bytes of the file.
Result<std::string> Write(const Bundle& bundle);

/// Reads a bundle, all of it or nothing. An error's `where` begins with `name` and says the place.
/// Whatever Write does not make is refused: other entries, links, paths, sizes, orders.
Result<Bundle> Read(std::string_view file, const std::string& name);

/// The bundle in the file at `path`, a regular one.
Result<Bundle> Open(const std::string& path);

/// What the bundle says of itself, from the beginning of the file; nothing when it cannot be told,
/// which reading the bundle then explains.
std::optional<Manifest> Peek(const std::string& path);

}  // namespace seawall::bundle
