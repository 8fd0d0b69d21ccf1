// YAML and JSON as a stream of events, for readers of large inputs that keep no tree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "yaml/document.h"

namespace seawall::yaml {

/// A scalar as Kubernetes sees it.
struct ScalarEvent {
  std::string_view text;  ///< decoded
  ScalarType type = ScalarType::kString;
  uint32_t line = 0;  ///< 1-based
};

/// Takes events. Aliases and merge keys have been followed, so that a mapping is a row of key,
/// value, key, value, … (a key comes as KeyText has it). Every function returns whether to go on.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual bool BeginDocument(uint32_t line) = 0;
  virtual bool EndDocument() = 0;
  virtual bool Key(std::string_view key, uint32_t line) = 0;
  virtual bool Scalar(const ScalarEvent& scalar) = 0;
  virtual bool BeginMapping(uint32_t line) = 0;
  virtual bool EndMapping() = 0;
  virtual bool BeginSequence(uint32_t line) = 0;
  virtual bool EndSequence() = 0;
  /// What came since the last BeginDocument is to be forgotten: the document comes again.
  virtual void Restart() = 0;
};

/// Bounds of a stream: each document's depth and nodes are bounded as Limits has it where it must
/// become a tree (it has aliases).
struct EventLimits {
  size_t depth = 128;
  uint32_t first_line = 1;  ///< of `bytes` within the file, where they are a part of it
};

/// Reads every document of `bytes`; JSON, several values of it one after the other too, when the
/// first byte other than white space is "{" or "[". Empty documents are left out. `file` is a name
/// for errors: kMalformed, kLimit, kUnsupported, with file:line. What a document's events end with
/// is then an error, after events that a sink has taken already.
Result<void> ReadEvents(const std::string& file, std::string_view bytes, EventSink& sink,
                        const EventLimits& limits = {});

/// The events of a tree's value, without those of a document. False when the sink had enough.
bool WalkEvents(const Value& value, EventSink& sink);

/// Where `bytes` may be cut in about `parts` pieces so that each holds whole documents: offsets of
/// lines that begin with "---", the first piece's 0 among them. One piece for JSON.
std::vector<size_t> SplitDocuments(std::string_view bytes, size_t parts);

}  // namespace seawall::yaml
