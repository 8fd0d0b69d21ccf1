// Builds a Stream from a parser's events, whichever parser it is, and checks the limits at every
// one of them. Not thread-safe. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yaml/document.h"

namespace seawall::yaml {

/// What a parser knows of a node when it begins.
struct NodeEvent {
  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  bool implicit = false;
  Span span;  ///< of the node without anchor and tag; for a block collection only its beginning
              ///< counts
  std::string_view value;  ///< of a scalar; an alias's name
  std::string_view tag;
  std::string_view anchor;
};

class TreeBuilder {
 public:
  TreeBuilder(std::string file, std::string bytes, const Limits& limits);

  const std::string& bytes() const { return stream_.bytes_; }
  const Positions& positions() const { return stream_.positions_; }

  void BeginDocument();
  /// A scalar, an alias, or the beginning of a collection. False when a limit is met or an alias
  /// leads nowhere.
  bool Add(const NodeEvent& event);
  /// The innermost collection ends; `end` counts for flow style only.
  bool EndCollection(size_t end);
  /// Where the last node that is complete ends: an empty value is looked for behind it.
  size_t last_end() const { return last_end_; }
  /// Whether the next node is a mapping's value.
  bool AtMappingValue() const;

  /// Forgets all nodes, for a second try with another parser.
  void Reset();
  bool failed() const { return !error_.why.empty(); }
  Error error() const { return error_; }
  /// An Error at a place of this file.
  Error At(size_t offset, ErrorCode code, std::string why) const;
  Stream Finish();

 private:
  struct Open {
    NodeId id = kNone;
    uint64_t expanded = 1;  ///< nodes in it, aliases counted with what they expand to
  };
  struct Anchored {
    NodeId id = kNone;
    uint64_t expanded = 0;  ///< 0 while the node is still open
  };
  NodeId Append(const NodeEvent& event);
  bool Count(const NodeEvent& event, uint64_t nodes);
  bool Fail(size_t offset, ErrorCode code, std::string why);
  void FindDuplicates();
  void FindDuplicates(const Node& mapping);

  Stream stream_;
  Limits limits_;
  std::vector<Open> open_;
  std::unordered_map<std::string, Anchored> anchors_;
  uint64_t expanded_ = 0;
  size_t last_end_ = 0;
  Error error_;
};

}  // namespace seawall::yaml
