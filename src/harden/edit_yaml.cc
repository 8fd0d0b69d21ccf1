#include "harden/edit_yaml.h"

#include <fmt/format.h>

#include <algorithm>

#include "harden/edit_parts.h"

namespace seawall::harden {
namespace {

using yaml::Kind;
using yaml::Node;
using yaml::NodeId;
using yaml::Stream;
using yaml::Value;

void AddScalar(std::string& out, yaml::ScalarType type, std::string_view text) {
  out += fmt::format("{}:{}:", static_cast<int>(type), text.size());
  out += text;
}

void AddFresh(std::string& out, const Fresh& value) {
  switch (value.kind) {
    case Fresh::Kind::kText:
      return AddScalar(out, yaml::ScalarType::kString, value.text);
    case Fresh::Kind::kLiteral:
      return AddScalar(out, yaml::Resolve(value.text), value.text);
    case Fresh::Kind::kList:
      out += '[';
      for (const Fresh& item : value.items) AddFresh(out, item);
      out += ']';
      return;
    case Fresh::Kind::kMap:
      out += '{';
      for (const auto& [key, below] : value.pairs) {
        AddScalar(out, yaml::ScalarType::kString, key);
        AddFresh(out, below);
      }
      out += '}';
      return;
  }
}

/// Writes a tree as text, one edit applied on the way.
class TreeWriter {
 public:
  TreeWriter(const Stream& stream, const YamlEdit* edit) : stream_(stream), edit_(edit) {}

  std::string Write() {
    for (size_t i = 0; i < stream_.documents(); ++i) {
      out_ += "---";
      Add(stream_.root(i).id());
    }
    return std::move(out_);
  }

 private:
  bool Is(YamlEdit::Kind kind, NodeId id) const {
    return edit_ != nullptr && edit_->kind == kind && edit_->node == id;
  }

  void Add(NodeId id) {
    const Node& node = stream_.node(id);
    if (!node.anchor.empty()) out_ += "&" + node.anchor + " ";
    if (!node.tag.empty()) out_ += "!" + node.tag + " ";
    if (Is(YamlEdit::Kind::kReplace, id)) return AddFresh(out_, edit_->value);
    switch (node.kind) {
      case Kind::kAlias:
        out_ += "*" + node.value + " ";
        return;
      case Kind::kScalar:
        AddScalar(out_, Value(&stream_, id).type(), node.value);
        return;
      case Kind::kSequence:
        return AddSequence(id, node);
      case Kind::kMapping:
        return AddMapping(id, node);
    }
  }

  void AddSequence(NodeId id, const Node& node) {
    out_ += '[';
    const bool insert = Is(YamlEdit::Kind::kInsertItem, id);
    const bool remove = Is(YamlEdit::Kind::kRemoveItem, id);
    for (size_t i = 0; i <= node.children.size(); ++i) {
      if (insert && i == edit_->index) AddFresh(out_, edit_->value);
      if (i == node.children.size() || (remove && i == edit_->index)) continue;
      Add(node.children[i]);
    }
    out_ += ']';
  }

  void AddMapping(NodeId id, const Node& node) {
    out_ += '{';
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      if (Is(YamlEdit::Kind::kRemovePair, id) && i / 2 == edit_->index) continue;
      Add(node.children[i]);
      if (Is(YamlEdit::Kind::kReplacePair, id) && i / 2 == edit_->index) {
        AddFresh(out_, edit_->value);
      } else {
        Add(node.children[i + 1]);
      }
    }
    if (Is(YamlEdit::Kind::kInsertPair, id)) {
      AddScalar(out_, yaml::ScalarType::kString, edit_->key);
      AddFresh(out_, edit_->value);
    }
    out_ += '}';
  }

  const Stream& stream_;
  const YamlEdit* edit_;
  std::string out_;
};

bool HasAlias(const Stream& stream, NodeId anchored) {
  for (NodeId id = anchored + 1; id < stream.size(); ++id) {
    if (stream.node(id).kind == Kind::kAlias && stream.node(id).target == anchored) return true;
  }
  return false;
}

/// What an alias repeats elsewhere must not change by an edit of one place.
bool IsShared(const Stream& stream, NodeId id) {
  for (; id != yaml::kNone; id = stream.node(id).parent) {
    const Node& node = stream.node(id);
    if (node.kind == Kind::kAlias) return true;
    if (!node.anchor.empty() && HasAlias(stream, id)) return true;
  }
  return false;
}

/// Why the edit speaks of something that is not there; "" when it does not.
std::string Misfit(const Stream& stream, const YamlEdit& edit) {
  if (edit.node >= stream.size()) return "there is no such node";
  const Node& node = stream.node(edit.node);
  const size_t pairs = node.children.size() / 2;
  switch (edit.kind) {
    case YamlEdit::Kind::kReplace:
      if (node.kind != Kind::kScalar && node.style != yaml::Style::kFlow) return "a whole block";
      return "";
    case YamlEdit::Kind::kInsertItem:
      return node.kind == Kind::kSequence && edit.index <= node.children.size() ? "" : "no list";
    case YamlEdit::Kind::kRemoveItem:
      return node.kind == Kind::kSequence && edit.index < node.children.size() ? "" : "no list";
    case YamlEdit::Kind::kInsertPair: {
      if (node.kind != Kind::kMapping) return "no mapping";
      return Value(&stream, edit.node)[edit.key].exists() ? "the key is there already" : "";
    }
    case YamlEdit::Kind::kRemovePair:
    case YamlEdit::Kind::kReplacePair:
      return node.kind == Kind::kMapping && edit.index < pairs ? "" : "no mapping";
  }
  return "";
}

Fresh Nested(const std::vector<std::string>& path, size_t from, const Fresh& value) {
  if (from == path.size()) return value;
  return Fresh::Map({{path[from], Nested(path, from + 1, value)}});
}

/// The pair of `key`; nullopt when there is none, or more than one, or a merge key brings it in.
std::optional<size_t> PairOf(Value map, std::string_view key, size_t* count) {
  std::optional<size_t> found;
  *count = 0;
  const Node& node = map.node();
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Value written(map.stream(), node.children[i]);
    if (!written.is_scalar() || written.KeyText() != key) continue;
    found = i / 2;
    ++*count;
  }
  return found;
}

bool IsBlockCollection(const Node& node) {
  return (node.kind == Kind::kSequence || node.kind == Kind::kMapping) &&
         node.style == yaml::Style::kBlock;
}

/// The whole file holds no value yet.
Result<Edit> FirstPair(const Stream& stream, const std::vector<std::string>& path,
                       const Fresh& value) {
  const std::string& text = stream.bytes();
  const std::string_view feed = LineFeedAt(text, text.size());
  std::string lines = BlockPairText(path[0], Nested(path, 1, value), 0, Quotes::kAsNeeded, feed);
  if (!text.empty() && text.back() != '\n') lines.insert(0, feed);
  return Edit{text.size(), 0, std::move(lines)};
}

Result<Edit> RemoveUpwards(const Stream& stream, Value map, std::string_view key) {
  size_t count = 0;
  const auto pair = PairOf(map, key, &count);
  if (!pair || count > 1)
    return Refuse(stream, map.node().span.begin, "the key stands twice, or is merged in");
  const Node& node = map.node();
  const bool only = node.children.size() == 2 && node.parent != yaml::kNone;
  const Value parent = only ? Value(&stream, node.parent) : Value();
  if (parent.exists() && parent.is_mapping()) {
    const Node& above = parent.node();
    return RemoveUpwards(stream, parent,
                         Value(&stream, above.children[node.index & ~1u]).KeyText());
  }
  return SpliceFor(stream, {YamlEdit::Kind::kRemovePair, map.id(), *pair, "", {}});
}

}  // namespace

std::unexpected<Error> Refuse(const Stream& stream, size_t at, std::string why) {
  const Place place = stream.Locate(std::min(at, stream.bytes().size()));
  return Fail(ErrorCode::kUnsupported, "edit the file",
              fmt::format("{}:{}:{}", stream.file(), place.line, place.column), std::move(why),
              "edit it by hand");
}

std::string TreeText(const Stream& stream) { return TreeWriter(stream, nullptr).Write(); }

Result<Edit> SpliceFor(const Stream& stream, const YamlEdit& edit) {
  const std::string misfit = Misfit(stream, edit);
  if (!misfit.empty()) return Refuse(stream, 0, misfit);
  const Node& node = stream.node(edit.node);
  if (IsShared(stream, edit.node))
    return Refuse(stream, node.span.begin, "an anchor shares this place with others");
  const bool flow = node.style == yaml::Style::kFlow || edit.kind == YamlEdit::Kind::kReplace;
  if (flow && edit.kind == YamlEdit::Kind::kReplacePair)
    return SpliceFor(
        stream, {YamlEdit::Kind::kReplace, node.children[edit.index * 2 + 1], 0, "", edit.value});
  auto splice = flow ? FlowSplice(stream, edit) : BlockSplice(stream, edit);
  if (!splice) return splice;
  auto text = Splice(stream.bytes(), {*splice});
  if (!text) return std::unexpected(text.error());
  const bool json = yaml::IsJson(stream.bytes());
  const auto parsed = yaml::Parse(stream.file(), *text);
  const bool as_wanted = parsed && yaml::IsJson(*text) == json &&
                         TreeText(*parsed) == TreeWriter(stream, &edit).Write();
  if (!as_wanted)
    return Refuse(stream, node.span.begin, "the edit would mean something else in this place");
  return splice;
}

Result<Edit> SetPath(const Stream& stream, const std::vector<std::string>& path,
                     const Fresh* value) {
  if (stream.documents() == 0)
    return value == nullptr ? Result<Edit>(Edit{}) : FirstPair(stream, path, *value);
  Value at = stream.root(0);
  for (size_t i = 0; i < path.size(); ++i) {
    if (!at.is_mapping())
      return Refuse(stream, at.node().span.begin, "there is no mapping in this place");
    size_t count = 0;
    const auto pair = PairOf(at, path[i], &count);
    if (!pair) {
      if (at[path[i]].exists()) return Refuse(stream, at.node().span.begin, "a merged key");
      if (value == nullptr) return Edit{};
      return SpliceFor(
          stream, {YamlEdit::Kind::kInsertPair, at.id(), 0, path[i], Nested(path, i + 1, *value)});
    }
    const Value next(&stream, at.node().children[*pair * 2 + 1]);
    const bool last = i + 1 == path.size();
    if (last && value == nullptr) return RemoveUpwards(stream, at, path[i]);
    if (!last && next.is_scalar() && next.is_null() && value == nullptr) return Edit{};
    if (last || (next.is_scalar() && next.is_null())) {
      Fresh whole = Nested(path, i + 1, *value);
      if (IsBlockCollection(next.node()))
        return SpliceFor(stream,
                         {YamlEdit::Kind::kReplacePair, at.id(), *pair, "", std::move(whole)});
      return SpliceFor(stream, {YamlEdit::Kind::kReplace, next.id(), 0, "", std::move(whole)});
    }
    at = next;
  }
  return Edit{};
}

}  // namespace seawall::harden
