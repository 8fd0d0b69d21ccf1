#include <unordered_set>

#include "yaml/document.h"
#include "yaml/resolve.h"

namespace seawall::yaml {
namespace {

const std::string kNoText;

// Mappings that a search through merge keys has seen. Without it a chain of doubled merges would be
// searched 2^n times.
using Seen = std::unordered_set<NodeId>;

Value LookUp(Value mapping, std::string_view key, Seen* seen);

Value LookUpMerged(Value merged, std::string_view key, Seen& seen) {
  if (merged.is_mapping()) return LookUp(merged, key, &seen);
  if (!merged.is_sequence()) return {};
  for (const Value& item : merged.Items()) {
    if (const Value found = item.is_mapping() ? LookUp(item, key, &seen) : Value()) return found;
  }
  return {};
}

const Node& Real(const Stream& stream, NodeId id) {
  const Node& node = stream.node(id);
  return node.kind == Kind::kAlias ? stream.node(node.target) : node;
}

Value LookUp(Value mapping, std::string_view key, Seen* seen) {
  const Stream& stream = *mapping.stream();
  const Node& node = Real(stream, mapping.id());
  const Node& written = stream.node(mapping.id());
  const NodeId real = written.kind == Kind::kAlias ? written.target : mapping.id();
  if (seen != nullptr && !seen->insert(real).second) return {};
  for (size_t i = node.children.size(); i >= 2; i -= 2) {
    const NodeId key_id = node.children[i - 2];
    const Value value(&stream, node.children[i - 1]);
    if (!IsMergeKey(stream.node(key_id))) {
      if (IsKey(Real(stream, key_id), key)) return value;
      continue;
    }
    Seen first;
    if (const Value found = LookUpMerged(value, key, seen != nullptr ? *seen : first)) return found;
  }
  return {};
}

bool HasMergeKey(const Stream& stream, const Node& mapping) {
  for (size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
    if (IsMergeKey(stream.node(mapping.children[i]))) return true;
  }
  return false;
}

/// Collects what merge keys bring in, walking backwards: whatever was seen before (further down)
/// wins.
class MergeCollector {
 public:
  explicit MergeCollector(const Stream& stream) : stream_(stream) {}

  std::vector<Value::Pair> Collect(const Node& mapping) {
    Walk(mapping, false);
    return {merged_.rbegin(), merged_.rend()};
  }

 private:
  void Walk(const Node& mapping, bool merged) {
    for (size_t i = mapping.children.size(); i >= 2; i -= 2) {
      const Value key(&stream_, mapping.children[i - 2]);
      const Value value(&stream_, mapping.children[i - 1]);
      if (IsMergeKey(key.node())) {
        WalkMerged(value);
      } else if (keys_.insert(key.KeyText()).second && merged) {
        merged_.push_back({key, value, true});
      }
    }
  }

  void WalkMerged(Value value) {
    if (value.is_sequence()) {
      for (const Value& item : value.Items()) {
        if (item.is_mapping()) WalkMerged(item);
      }
    } else if (value.is_mapping()) {
      const NodeId id = value.node().kind == Kind::kAlias ? value.node().target : value.id();
      if (seen_.insert(id).second) Walk(stream_.node(id), true);
    }
  }

  const Stream& stream_;
  std::unordered_set<std::string> keys_;
  Seen seen_;
  std::vector<Value::Pair> merged_;
};

}  // namespace

NodeId Value::Resolved() const {
  const Node& node = stream_->node(id_);
  return node.kind == Kind::kAlias ? node.target : id_;
}

const Node& Value::node() const { return stream_->node(id_); }

Kind Value::kind() const { return exists() ? stream_->node(Resolved()).kind : Kind::kScalar; }
bool Value::is_scalar() const { return exists() && kind() == Kind::kScalar; }
bool Value::is_mapping() const { return exists() && kind() == Kind::kMapping; }
bool Value::is_sequence() const { return exists() && kind() == Kind::kSequence; }
bool Value::is_null() const { return !exists() || (is_scalar() && type() == ScalarType::kNull); }

Value Value::operator[](std::string_view key) const {
  return is_mapping() ? LookUp(Value(stream_, Resolved()), key, nullptr) : Value();
}

Value Value::operator[](size_t index) const {
  if (!is_sequence()) return {};
  const Node& node = stream_->node(Resolved());
  return index < node.children.size() ? Value(stream_, node.children[index]) : Value();
}

Value Value::Path(std::string_view dotted) const {
  Value value = *this;
  while (value.exists()) {
    const size_t dot = dotted.find('.');
    value = value[dotted.substr(0, dot)];
    if (dot == std::string_view::npos) break;
    dotted.remove_prefix(dot + 1);
  }
  return value;
}

size_t Value::size() const {
  if (!exists()) return 0;
  const Node& node = stream_->node(Resolved());
  return node.kind == Kind::kMapping ? node.children.size() / 2 : node.children.size();
}

std::vector<Value> Value::Items() const {
  std::vector<Value> items;
  if (!is_sequence()) return items;
  const Node& node = stream_->node(Resolved());
  items.reserve(node.children.size());
  for (const NodeId child : node.children) items.emplace_back(stream_, child);
  return items;
}

std::vector<Value::Pair> Value::Pairs() const {
  std::vector<Pair> pairs;
  if (!is_mapping()) return pairs;
  const Node& node = stream_->node(Resolved());
  pairs.reserve(node.children.size() / 2);
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    if (IsMergeKey(stream_->node(node.children[i]))) continue;
    pairs.push_back(
        {Value(stream_, node.children[i]), Value(stream_, node.children[i + 1]), false});
  }
  if (HasMergeKey(*stream_, node)) {
    const std::vector<Pair> merged = MergeCollector(*stream_).Collect(node);
    pairs.insert(pairs.end(), merged.begin(), merged.end());
  }
  return pairs;
}

const std::string& Value::text() const {
  return is_scalar() ? stream_->node(Resolved()).value : kNoText;
}

ScalarType Value::type() const {
  if (!exists()) return ScalarType::kNull;
  return TypeOf(stream_->node(Resolved()));
}

std::optional<bool> Value::AsBool() const {
  return is_scalar() && type() == ScalarType::kBool ? ResolveBool(text()) : std::nullopt;
}

std::optional<int64_t> Value::AsInt() const {
  return is_scalar() && type() == ScalarType::kInt ? ResolveInt(text()) : std::nullopt;
}

std::string Value::KeyText() const {
  return is_scalar() ? KeyTextOf(stream_->node(Resolved())) : "";
}

Place Value::place() const {
  if (!exists()) return {};
  const Node& here = node();
  return Place{stream_->file(), here.line, here.column, here.span};
}

}  // namespace seawall::yaml
