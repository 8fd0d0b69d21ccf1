#include "yaml/tree_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "yaml/resolve.h"

namespace seawall::yaml {
namespace {

constexpr size_t kMostDuplicates = 1000;

}  // namespace

TreeBuilder::TreeBuilder(std::string file, std::string bytes, const Limits& limits)
    : limits_(limits) {
  stream_.file_ = std::move(file);
  stream_.bytes_ = std::move(bytes);
  stream_.positions_ = Positions(stream_.bytes_);
}

void TreeBuilder::Reset() {
  stream_.nodes_.clear();
  stream_.roots_.clear();
  open_.clear();
  anchors_.clear();
  expanded_ = 0;
  last_end_ = 0;
  error_ = {};
}

Error TreeBuilder::At(size_t offset, ErrorCode code, std::string why) const {
  const LineColumn at = stream_.positions_.Locate(stream_.bytes_, offset);
  return Error{code, "read YAML",
               fmt::format("{}:{}:{}", Printable(stream_.file_), at.line, at.column),
               std::move(why), ""};
}

bool TreeBuilder::Fail(size_t offset, ErrorCode code, std::string why) {
  error_ = At(offset, code, std::move(why));
  return false;
}

void TreeBuilder::BeginDocument() {
  open_.clear();
  anchors_.clear();
}

bool TreeBuilder::AtMappingValue() const {
  if (open_.empty()) return false;
  const Node& parent = stream_.nodes_[open_.back().id];
  return parent.kind == Kind::kMapping && parent.children.size() % 2 == 1;
}

bool TreeBuilder::Count(const NodeEvent& event, uint64_t nodes) {
  // `nodes` is at most the limit, since every node that it counts has passed here before.
  expanded_ += nodes;
  if (!open_.empty()) open_.back().expanded += nodes;
  if (expanded_ <= limits_.nodes && stream_.nodes_.size() < limits_.nodes) return true;
  return Fail(
      event.span.begin, ErrorCode::kLimit,
      fmt::format("more than {} nodes, aliases counted with what they stand for", limits_.nodes));
}

NodeId TreeBuilder::Append(const NodeEvent& event) {
  const auto id = static_cast<NodeId>(stream_.nodes_.size());
  Node& node = stream_.nodes_.emplace_back();
  node.kind = event.kind;
  node.style = event.style;
  node.implicit = event.implicit;
  node.span = event.span;
  node.value = event.value;
  node.tag = event.tag;
  node.anchor = event.anchor;
  const LineColumn at = stream_.positions_.Locate(stream_.bytes_, event.span.begin);
  node.line = at.line;
  node.column = at.column;
  if (open_.empty()) {
    stream_.roots_.push_back(id);
    return id;
  }
  node.parent = open_.back().id;
  Node& parent = stream_.nodes_[node.parent];
  node.index = static_cast<uint32_t>(parent.children.size());
  parent.children.push_back(id);
  return id;
}

bool TreeBuilder::Add(const NodeEvent& event) {
  const bool collection = event.kind == Kind::kSequence || event.kind == Kind::kMapping;
  if (collection && open_.size() >= limits_.depth) {
    return Fail(event.span.begin, ErrorCode::kLimit,
                fmt::format("nested deeper than {} levels", limits_.depth));
  }
  if (event.value.size() > limits_.scalar) {
    return Fail(event.span.begin, ErrorCode::kLimit,
                fmt::format("a scalar of more than {} bytes", limits_.scalar));
  }
  NodeId target = kNone;
  uint64_t nodes = 1;
  if (event.kind == Kind::kAlias) {
    const auto found = anchors_.find(std::string(event.value));
    if (found == anchors_.end())
      return Fail(event.span.begin, ErrorCode::kMalformed, "alias of an anchor that is not there");
    if (found->second.expanded == 0)
      return Fail(event.span.begin, ErrorCode::kMalformed, "alias inside of what it stands for");
    target = found->second.id;
    nodes = found->second.expanded;
  }
  if (!Count(event, nodes)) return false;
  const NodeId id = Append(event);
  stream_.nodes_[id].target = target;
  if (!event.anchor.empty()) anchors_[std::string(event.anchor)] = {id, collection ? 0u : 1u};
  if (collection) {
    open_.push_back({id, 1});
  } else {
    last_end_ = event.span.end;
  }
  return true;
}

bool TreeBuilder::EndCollection(size_t end) {
  const Open closed = open_.back();
  open_.pop_back();
  Node& node = stream_.nodes_[closed.id];
  if (node.style == Style::kBlock)
    end = node.children.empty() ? node.span.begin : std::max(node.span.begin, last_end_);
  // libyaml puts an empty key or value before or behind its collection at times.
  for (const NodeId child : node.children) {
    node.span.begin = std::min(node.span.begin, stream_.nodes_[child].span.begin);
    end = std::max(end, stream_.nodes_[child].span.end);
  }
  node.span.end = end;
  node.children.shrink_to_fit();
  last_end_ = end;
  // The node itself has been counted with its parent when it began.
  if (!open_.empty()) open_.back().expanded += closed.expanded - 1;
  if (node.anchor.empty()) return true;
  const auto found = anchors_.find(node.anchor);
  if (found != anchors_.end() && found->second.id == closed.id)
    found->second.expanded = closed.expanded;
  return true;
}

void TreeBuilder::FindDuplicates(const Node& mapping) {
  struct Key {
    std::string text;
    NodeId id;
  };
  std::vector<Key> keys;
  keys.reserve(mapping.children.size() / 2);
  for (size_t i = 0; i < mapping.children.size(); i += 2) {
    const Node& key = stream_.nodes_[mapping.children[i]];
    const Node& real = key.kind == Kind::kAlias ? stream_.nodes_[key.target] : key;
    if (real.kind == Kind::kScalar && !IsMergeKey(key))
      keys.push_back({KeyTextOf(real), mapping.children[i]});
  }
  std::ranges::stable_sort(keys, {}, &Key::text);
  for (size_t i = 1, first = 0; i < keys.size() && stream_.duplicates_.size() < kMostDuplicates;
       ++i) {
    if (keys[i].text != keys[first].text) {
      first = i;
      continue;
    }
    stream_.duplicates_.push_back({keys[i].text, Value(&stream_, keys[first].id).place(),
                                   Value(&stream_, keys[i].id).place()});
  }
}

void TreeBuilder::FindDuplicates() {
  for (const Node& node : stream_.nodes_) {
    if (node.kind == Kind::kMapping && node.children.size() > 2) FindDuplicates(node);
  }
  std::ranges::stable_sort(stream_.duplicates_, {},
                           [](const Duplicate& d) { return d.again.bytes.begin; });
}

Stream TreeBuilder::Finish() {
  FindDuplicates();
  return std::move(stream_);
}

}  // namespace seawall::yaml
