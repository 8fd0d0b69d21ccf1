// Splices of flow style and JSON: between brackets and commas.
#include <string>

#include "harden/edit_parts.h"

namespace seawall::harden {
namespace {

using yaml::Node;
using yaml::Stream;

/// One element of a flow collection: an item, or a pair.
struct Element {
  size_t begin = 0;
  size_t end = 0;
};

Element ElementAt(const Stream& stream, const Node& node, size_t index) {
  if (node.kind == yaml::Kind::kSequence) {
    const Node& item = stream.node(node.children[index]);
    return {item.span.begin, item.span.end};
  }
  return {stream.node(node.children[index * 2]).span.begin,
          stream.node(node.children[index * 2 + 1]).span.end};
}

size_t CountOf(const Node& node) {
  return node.kind == yaml::Kind::kSequence ? node.children.size() : node.children.size() / 2;
}

/// The white space before an element, when it stands on a line of its own: the next one then does,
/// too.
std::string SpaceBefore(std::string_view text, size_t at) {
  size_t from = at;
  while (from > 0 && std::string_view(" \t\r\n").find(text[from - 1]) != std::string_view::npos)
    --from;
  const std::string_view space = text.substr(from, at - from);
  const size_t feed = space.rfind('\n');
  if (feed == std::string_view::npos) return " ";
  const size_t begin = feed > 0 && space[feed - 1] == '\r' ? feed - 1 : feed;
  return std::string(space.substr(begin));
}

Around AroundOf(const Stream& stream) {
  return yaml::IsJson(stream.bytes()) ? Around::kJson : Around::kFlow;
}

Result<Edit> Insert(const Stream& stream, const YamlEdit& edit) {
  const std::string_view text = stream.bytes();
  const Node& node = stream.node(edit.node);
  const size_t count = CountOf(node);
  const bool pair = edit.kind == YamlEdit::Kind::kInsertPair;
  const size_t index = pair ? count : edit.index;
  const Around around = AroundOf(stream);
  Quotes quotes = Quotes::kAsNeeded;
  if (!pair && count > 0) {
    const Node& beside = stream.node(node.children[index == 0 ? 0 : index - 1]);
    if (beside.kind == yaml::Kind::kScalar) quotes = QuotesOf(beside.style);
  }
  std::string value = FlowText(edit.value, around, quotes);
  if (pair) {
    value = ScalarText(Fresh::Text(edit.key), around, Quotes::kAsNeeded) + ": " + value;
  }
  if (count == 0) return Edit{node.span.begin + 1, 0, std::move(value)};
  if (index == 0) {
    const size_t at = ElementAt(stream, node, 0).begin;
    return Edit{at, 0, value + "," + SpaceBefore(text, at)};
  }
  const Element before = ElementAt(stream, node, index - 1);
  // An only element on the bracket's own line tells nothing of lines.
  const std::string space = SpaceBefore(text, before.begin);
  return Edit{before.end, 0, "," + space + value};
}

Result<Edit> Remove(const Stream& stream, const YamlEdit& edit) {
  const std::string_view text = stream.bytes();
  const Node& node = stream.node(edit.node);
  const size_t count = CountOf(node);
  const Element gone = ElementAt(stream, node, edit.index);
  size_t begin = gone.begin;
  size_t end = gone.end;
  if (edit.index + 1 < count) {
    end = ElementAt(stream, node, edit.index + 1).begin;
  } else if (count > 1) {
    begin = ElementAt(stream, node, edit.index - 1).end;
  }
  const bool comment = text.substr(begin, gone.begin - begin).find('#') != std::string_view::npos ||
                       text.substr(gone.end, end - gone.end).find('#') != std::string_view::npos;
  if (comment) return Refuse(stream, gone.begin, "a comment between the elements");
  return Edit{begin, end - begin, ""};
}

Result<Edit> Replace(const Stream& stream, const YamlEdit& edit) {
  const Node& node = stream.node(edit.node);
  const bool collection = node.style == yaml::Style::kFlow;
  const Around flow = AroundOf(stream);
  const Node* parent = node.parent == yaml::kNone ? nullptr : &stream.node(node.parent);
  const bool in_flow =
      flow == Around::kJson || (parent != nullptr && parent->style == yaml::Style::kFlow);
  if (node.style == yaml::Style::kLiteral || node.style == yaml::Style::kFolded) {
    // "|" or ">" and the lines below it become one value; a comment would go with them.
    const size_t header = stream.bytes().find('\n', node.span.begin);
    const auto head = std::string_view(stream.bytes()).substr(0, header).substr(node.span.begin);
    if (head.find('#') != std::string_view::npos)
      return Refuse(stream, node.span.begin, "text of several lines with a comment");
  }
  const bool scalar =
      edit.value.kind == Fresh::Kind::kText || edit.value.kind == Fresh::Kind::kLiteral;
  const Quotes quotes = collection ? Quotes::kAsNeeded : QuotesOf(node.style);
  const Around around = in_flow ? flow : Around::kBlock;
  std::string text =
      scalar ? ScalarText(edit.value, around, quotes)
             : FlowText(edit.value, flow == Around::kJson ? flow : Around::kFlow, quotes);
  // An empty value lies right behind its ":" or "-".
  if (node.span.begin == node.span.end) text.insert(0, " ");
  return Edit{node.span.begin, node.span.end - node.span.begin, std::move(text)};
}

}  // namespace

Result<Edit> FlowSplice(const Stream& stream, const YamlEdit& edit) {
  switch (edit.kind) {
    case YamlEdit::Kind::kReplace:
      return Replace(stream, edit);
    case YamlEdit::Kind::kInsertItem:
    case YamlEdit::Kind::kInsertPair:
      return Insert(stream, edit);
    default:
      return Remove(stream, edit);
  }
}

}  // namespace seawall::harden
