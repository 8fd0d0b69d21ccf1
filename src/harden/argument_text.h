// Splices of single arguments of a component, each where it stands. Private to this room.
#pragma once

#include <string>

#include "cluster/node.h"
#include "harden/touch.h"
#include "yaml/document.h"

namespace seawall::harden {

/// Places are those of the component as it was read: one editor makes touches of one round. The
/// node and the component must outlive it.
class ArgumentEditor {
 public:
  ArgumentEditor(const cluster::Node& node, const cluster::Component& component)
      : node_(node), component_(component) {}

  /// Argument `index` becomes `text`, of which the first `same` bytes are the old ones.
  Result<Touches> Replace(size_t index, const std::string& text, size_t same);
  Result<Touches> Remove(size_t index);
  /// `text` becomes the argument before the one that is now `index` (behind the last: the end).
  Result<Touches> Insert(size_t index, const std::string& text);

 private:
  bool InManifest(const cluster::Argument& argument) const;
  Result<yaml::NodeId> NodeOf(const yaml::Stream& stream, const cluster::Argument& argument) const;
  Result<Touches> SpliceManifest(const yaml::Stream& stream, const struct YamlEdit& edit) const;
  Result<Touches> InsertIntoManifest(size_t index, const std::string& text);
  Result<Touches> InsertIntoLine(size_t index, const std::string& text);
  /// The bytes of `file` that hold [from, to) of the argument's text, when they are that text.
  Result<Span> Written(const cluster::Argument& argument, size_t from, size_t to) const;
  Result<Touches> SpliceLine(const std::string& path, Edit edit) const;
  std::unexpected<Error> Refuse(const Place& place, std::string why) const;

  const cluster::Node& node_;
  const cluster::Component& component_;
};

}  // namespace seawall::harden
