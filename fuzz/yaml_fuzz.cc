// YAML and JSON: whatever is taken has its places right.
#include <string>

#include "base/text.h"
#include "require.h"
#include "yaml/document.h"

using seawall::Span;
using seawall::fuzz::Require;
using namespace seawall::yaml;

namespace {

constexpr Limits kLimits = {.bytes = 1u << 20, .depth = 128, .nodes = 20000};

std::string Shape(const Stream& stream) {
  std::string out;
  for (NodeId id = 0; id < stream.size(); ++id) {
    const Node& node = stream.node(id);
    out += std::to_string(static_cast<int>(node.kind)) + " " + std::to_string(node.parent) + " " +
           node.value + "\n";
  }
  return out;
}

void CheckNode(const Stream& stream, NodeId id) {
  const Node& node = stream.node(id);
  Require(node.span.begin <= node.span.end && node.span.end <= stream.bytes().size(),
          "a span lies in the file");
  Require(seawall::FindInvalidUtf8(node.value) == std::string::npos, "a value is valid UTF-8");
  Require(node.line >= 1 && node.column >= 1, "a node has a line and a column");
  if (node.parent != kNone) {
    const Node& parent = stream.node(node.parent);
    Require(node.parent < id && parent.children.at(node.index) == id, "a child knows its parent");
    Require(parent.span.begin <= node.span.begin && node.span.end <= parent.span.end,
            "a child lies in its parent");
  }
  const Value value(&stream, id);
  if (node.kind == Kind::kScalar && !node.value.empty()) {
    const Span part = value.PlaceOf(node.value.size() / 2, node.value.size()).bytes;
    Require(node.span.begin <= part.begin && part.end <= node.span.end,
            "a part lies in its scalar");
  }
  if (value.is_mapping()) {
    for (const Value::Pair& pair : value.Pairs()) {
      if (pair.key.is_scalar())
        Require(value[pair.key.KeyText()].exists(), "a pair's key is found");
    }
  }
  (void)value.type();
  (void)value.AsInt();
}

/// Another text in the place of a quoted value, and the tree is the same but for that value.
void CheckSplice(const Stream& stream, NodeId id) {
  const Node& node = stream.node(id);
  const bool quoted = node.style == Style::kSingleQuoted || node.style == Style::kDoubleQuoted;
  if (node.kind != Kind::kScalar || !quoted) return;
  std::string bytes = stream.bytes();
  bytes.replace(node.span.begin, node.span.end - node.span.begin,
                node.style == Style::kSingleQuoted ? "'z'" : "\"z\"");
  const auto again = Parse("f", bytes, kLimits);
  Require(again.has_value(), "a splice can be read");
  Require(again->size() == stream.size() && again->node(id).value == "z",
          "a splice changes its value");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(seawall::fuzz::Text(data, size));
  const auto stream = Parse("f", bytes, kLimits);
  if (!stream) {
    seawall::fuzz::RequirePrintable(stream.error().ToString(), "an error is printable");
    return 0;
  }
  for (NodeId id = 0; id < stream->size(); ++id) CheckNode(*stream, id);
  const auto again = Parse("f", bytes, kLimits);
  Require(again && Shape(*again) == Shape(*stream), "reading twice gives the same");
  if (stream->size() > 0) CheckSplice(*stream, static_cast<NodeId>(size % stream->size()));
  (void)IsJson(bytes);
  return 0;
}
