// YAML (and JSON, which is read by the same parser) as a tree that keeps every place: libyaml's
// events, the bytes that each node covers in the untouched file, its style, its parent, duplicate
// keys, tags, anchors and aliases. `harden` splices into these bytes, so nothing here ever writes
// YAML anew.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/place.h"
#include "yaml/positions.h"

namespace seawall::yaml {

using NodeId = uint32_t;
inline constexpr NodeId kNone = 0xFFFFFFFF;

enum class Kind : uint8_t { kScalar, kSequence, kMapping, kAlias };
enum class Style : uint8_t {
  kPlain,
  kSingleQuoted,
  kDoubleQuoted,
  kLiteral,
  kFolded,
  kBlock,
  kFlow
};

/// What a plain scalar means to Kubernetes, which reads YAML 1.1 (yes/no/on/off are booleans) and
/// turns it into JSON.
enum class ScalarType : uint8_t { kNull, kBool, kInt, kFloat, kString };

struct Node {
  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  bool implicit = false;  ///< a plain scalar without a tag: its text decides its type
  NodeId parent = kNone;
  NodeId target = kNone;  ///< of an alias: the anchored node
  uint32_t index = 0;     ///< position among the parent's children
  uint32_t line = 0;      ///< 1-based
  uint32_t column = 0;    ///< 1-based, characters
  /// Bytes in the file, quotes included, anchor and tag before it not. A block collection ends with
  /// its last child, a block scalar with its last line's text (its line break is not in it); an
  /// empty value lies right after its ":" or "-".
  Span span;
  std::string value;  ///< decoded scalar; the alias's name
  std::string tag;    ///< explicit tag, empty when none
  std::string anchor;
  std::vector<NodeId> children;  ///< sequence: items; mapping: key, value, key, value, …
};

/// Bounds that hostile input meets. All are checked event by event, so that libyaml never gets to
/// be quadratic.
struct Limits {
  size_t bytes = 16u << 20;
  size_t depth = 128;
  size_t scalar = 2u << 20;  ///< decoded bytes; etcd stores nothing above 1.5 MiB
  size_t nodes =
      150000;  ///< per file, aliases counted with what they expand to (a node takes 170 bytes)
};

class Stream;

/// A cursor into a Stream; cheap to copy. An absent value is a Value too (`exists()` false), so
/// lookups chain: `doc["spec"]["containers"][0]`. Aliases are followed. Merge keys (`<<`) are
/// honoured as Kubernetes' reader (yaml.v2) does: in file order, so that a key which stands before
/// the `<<` is overwritten and one behind it wins; of a list of mappings the first wins. Keys are
/// compared as Kubernetes sees them: `yes:` is the key "true", `0x10:` the key "16".
class Value {
 public:
  Value() = default;
  Value(const Stream* stream, NodeId id) : stream_(stream), id_(id) {}

  bool exists() const { return stream_ != nullptr && id_ != kNone; }
  explicit operator bool() const { return exists(); }
  bool is_scalar() const;
  bool is_mapping() const;
  bool is_sequence() const;
  bool is_null() const;  ///< a null scalar; also true for an absent value
  Kind kind() const;     ///< of the node behind an alias

  Value operator[](
      std::string_view key) const;  ///< of duplicate keys the last, as Kubernetes takes it
  Value operator[](size_t index) const;
  Value Path(
      std::string_view dotted) const;  ///< "a.b.c"; keys that contain dots cannot be asked for so
  size_t size() const;                 ///< items or pairs, 0 for a scalar

  struct Pair;
  std::vector<Value> Items() const;  ///< of a sequence
  /// Of a mapping, in file order, duplicates included; merged pairs last, only those that have an
  /// effect. So whoever lets later pairs overwrite earlier ones ends with what Kubernetes has.
  std::vector<Pair> Pairs() const;

  const std::string& text() const;  ///< decoded scalar, "" otherwise
  ScalarType type() const;          ///< after YAML 1.1 resolution; kString for non-scalars
  std::optional<bool> AsBool()
      const;  ///< only what resolves to a boolean (quoted "true" is a string)
  std::optional<int64_t> AsInt() const;

  /// The key's text as Kubernetes sees it when this scalar is a key: booleans and integers in their
  /// one spelling.
  std::string KeyText() const;

  /// The node itself (an alias stays an alias).
  const Node& node() const;
  NodeId id() const { return id_; }
  const Stream* stream() const { return stream_; }
  Place place() const;  ///< with the stream's file name
  /// Where the bytes [from, to) of text() stand in the file, through quotes, escapes, a literal
  /// block's indentation and an alias; the whole scalar's span where the style does not allow such
  /// a mapping (folded text).
  Place PlaceOf(size_t from, size_t to) const;

 private:
  NodeId Resolved() const;
  const Stream* stream_ = nullptr;
  NodeId id_ = kNone;
};

struct Value::Pair {
  Value key;
  Value value;
  bool merged = false;  ///< came in through a merge key
};

struct Duplicate {
  std::string key;
  Place first;
  Place again;
};

/// A parsed file: one or more documents. Immutable; safe to read from several threads.
class Stream {
 public:
  const std::string& file() const { return file_; }
  const std::string& bytes() const { return bytes_; }
  size_t documents() const { return roots_.size(); }
  /// Root of document `i`; absent when there is no such document.
  Value root(size_t i = 0) const { return Value(this, i < roots_.size() ? roots_[i] : kNone); }
  const Node& node(NodeId id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }
  /// Keys that stand twice in one mapping, in file order, at most 1,000 of them.
  const std::vector<Duplicate>& duplicates() const { return duplicates_; }
  /// Line and column of a byte offset.
  Place Locate(size_t offset) const;

 private:
  friend class TreeBuilder;
  friend class Value;
  std::string file_;
  std::string bytes_;
  std::vector<Node> nodes_;
  std::vector<NodeId> roots_;
  Positions positions_;
  std::vector<Duplicate> duplicates_;
};

/// Parses `bytes`. `file` is only a name for places and errors. Empty input gives a stream of no
/// documents. JSON that YAML's grammar refuses (tabs, surrogate pairs, long keys) is read as JSON.
/// Errors: kMalformed with file:line:column, kLimit, kTooLarge, kUnsupported (UTF-16). No error
/// quotes the input.
Result<Stream> Parse(std::string file, std::string bytes, const Limits& limits = {});

/// Whether the whole text is JSON. Kubernetes reads a text whose first byte other than white space
/// is "{" as JSON and as nothing else, so flow YAML that is not JSON stops the component although
/// Parse takes it.
bool IsJson(std::string_view bytes);

/// YAML 1.1 resolution of a plain scalar as sigs.k8s.io/yaml does it.
ScalarType Resolve(std::string_view plain);

}  // namespace seawall::yaml
