// Splices of block style: whole lines.
#include <algorithm>

#include "harden/edit_parts.h"

namespace seawall::harden {
namespace {

using yaml::Node;
using yaml::NodeId;
using yaml::Stream;

/// Where the dash of an item stands, with nothing but blanks, line ends, an anchor and a tag
/// between the two; npos otherwise.
size_t DashOf(const Stream& stream, const Node& item) {
  const std::string& text = stream.bytes();
  const auto blank = [&](size_t at) {
    return std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos;
  };
  size_t at = item.span.begin;
  for (size_t words = 0; words <= 2; ++words) {
    while (at > 0 && blank(at - 1)) --at;
    // An empty item lies right behind its dash.
    if (at > 0 && text[at - 1] == '-' && (at == 1 || blank(at - 2))) return at - 1;
    while (at > 0 && !blank(at - 1)) --at;
    if (text[at] != '&' && text[at] != '!') break;
  }
  return std::string::npos;
}

/// The end of the lines that a node covers: behind the line feed of its last line. npos when
/// something else than a comment stands behind the node.
size_t LinesEnd(const Stream& stream, const Node& node) {
  const std::string& text = stream.bytes();
  if (!OnlyCommentBehind(text, node.span.end)) return std::string::npos;
  return LineEnd(text, node.span.end);
}

/// `lines`, which end with a line feed, put in at the line's beginning `at`; or behind a last line
/// that has no line feed.
Edit InsertLines(std::string_view text, size_t at, std::string lines, std::string_view feed) {
  if (at > 0 && text[at - 1] != '\n') {
    lines.insert(0, feed);
    lines.resize(lines.size() - feed.size());
  }
  return {at, 0, std::move(lines)};
}

/// Takes the lines [from, to) away; of a last line without a line feed the one before it goes.
Edit RemoveLines(std::string_view text, size_t from, size_t to) {
  if (to == text.size() && to > from && text[to - 1] != '\n' && from > 0) {
    --from;
    if (from > 0 && text[from - 1] == '\r') --from;
  }
  return {from, to - from, ""};
}

Result<Edit> InsertItem(const Stream& stream, const YamlEdit& edit) {
  const std::string& text = stream.bytes();
  const Node& list = stream.node(edit.node);
  if (list.children.empty()) return Refuse(stream, list.span.begin, "a list without items");
  const bool first = edit.index == 0;
  const Node& beside = stream.node(list.children[first ? 0 : edit.index - 1]);
  const size_t dash = DashOf(stream, beside);
  if (dash == std::string::npos)
    return Refuse(stream, beside.span.begin, "an item that does not stand beside its dash");
  const size_t indent = dash - ColumnsBegin(text, dash);
  const std::string_view feed = LineFeedAt(text, dash);
  const Quotes quotes =
      beside.kind == yaml::Kind::kScalar ? QuotesOf(beside.style) : Quotes::kAsNeeded;
  std::string lines = BlockItemText(edit.value, indent, quotes, feed);
  if (first) {
    if (!IsBlankText(std::string_view(text).substr(ColumnsBegin(text, dash), indent)))
      return Refuse(stream, dash, "a first item that stands on another one's line");
    return InsertLines(text, ColumnsBegin(text, dash), std::move(lines), feed);
  }
  const size_t end = LinesEnd(stream, beside);
  if (end == std::string::npos)
    return Refuse(stream, beside.span.end, "something else stands behind the item");
  return InsertLines(text, end, std::move(lines), feed);
}

Result<Edit> RemoveItem(const Stream& stream, const YamlEdit& edit) {
  const std::string& text = stream.bytes();
  const Node& list = stream.node(edit.node);
  const Node& item = stream.node(list.children[edit.index]);
  const size_t dash = DashOf(stream, item);
  const size_t end = LinesEnd(stream, item);
  if (dash == std::string::npos || end == std::string::npos)
    return Refuse(stream, item.span.begin, "an item that does not have its lines for itself");
  const size_t begin = ColumnsBegin(text, dash);
  if (!IsBlankText(std::string_view(text).substr(begin, dash - begin)))
    return Refuse(stream, dash, "an item that stands on another one's line");
  if (list.children.size() == 1) return Refuse(stream, dash, "the list's only item");
  return RemoveLines(text, begin, end);
}

Result<Edit> InsertPair(const Stream& stream, const YamlEdit& edit) {
  const std::string& text = stream.bytes();
  const Node& map = stream.node(edit.node);
  if (map.children.size() < 2) return Refuse(stream, map.span.begin, "a mapping without keys");
  const Node& key = stream.node(map.children[0]);
  const Node& last = stream.node(map.children.back());
  const size_t indent = key.span.begin - ColumnsBegin(text, key.span.begin);
  const std::string_view feed = LineFeedAt(text, last.span.end);
  const size_t end = LinesEnd(stream, last);
  if (end == std::string::npos)
    return Refuse(stream, last.span.end, "something else stands behind the last value");
  std::string lines = BlockPairText(edit.key, edit.value, indent, Quotes::kAsNeeded, feed);
  return InsertLines(text, end, std::move(lines), feed);
}

Result<Edit> RemovePair(const Stream& stream, const YamlEdit& edit) {
  const std::string& text = stream.bytes();
  const Node& map = stream.node(edit.node);
  const Node& key = stream.node(map.children[edit.index * 2]);
  const Node& value = stream.node(map.children[edit.index * 2 + 1]);
  const size_t begin = ColumnsBegin(text, key.span.begin);
  if (!IsBlankText(std::string_view(text).substr(begin, key.span.begin - begin)))
    return Refuse(stream, key.span.begin, "a key that stands on something else's line");
  if (map.children.size() == 2) return Refuse(stream, key.span.begin, "the mapping's only key");
  const size_t end = LinesEnd(stream, value);
  if (end == std::string::npos)
    return Refuse(stream, value.span.end, "something else stands behind the value");
  return RemoveLines(text, begin, end);
}

/// The lines of a list's new items in the place of the old ones; comments between those, and the
/// key's own line, stay.
Result<Edit> ReplaceItems(const Stream& stream, const Node& list, const Fresh& value) {
  const std::string& text = stream.bytes();
  std::string lines;
  size_t begin = 0, end = 0;
  for (size_t i = 0; i < list.children.size(); ++i) {
    const Node& item = stream.node(list.children[i]);
    const size_t dash = DashOf(stream, item);
    const size_t item_end = LinesEnd(stream, item);
    if (dash == std::string::npos || item_end == std::string::npos)
      return Refuse(stream, item.span.begin, "an item that does not have its lines for itself");
    const size_t line = ColumnsBegin(text, dash);
    if (!IsBlankText(std::string_view(text).substr(line, dash - line)))
      return Refuse(stream, dash, "an item that stands on another one's line");
    if (i == 0) {
      begin = line;
      for (const Fresh& fresh : value.items)
        lines += BlockItemText(fresh, dash - line, Quotes::kAsNeeded, LineFeedAt(text, dash));
    } else {
      lines += text.substr(end, line - end);
    }
    end = item_end;
  }
  if (text[end - 1] != '\n') lines.resize(lines.find_last_not_of("\r\n") + 1);
  return Edit{begin, end - begin, std::move(lines)};
}

/// Whether a comment, or what looks like one, stands in these lines.
bool HasComment(std::string_view lines) {
  return lines.find(" #") != std::string_view::npos ||
         lines.find("\n#") != std::string_view::npos || lines.find("\t#") != std::string_view::npos;
}

Result<Edit> ReplacePair(const Stream& stream, const YamlEdit& edit) {
  const std::string& text = stream.bytes();
  const Node& map = stream.node(edit.node);
  const Node& key = stream.node(map.children[edit.index * 2]);
  const Node& value = stream.node(map.children[edit.index * 2 + 1]);
  const size_t begin = ColumnsBegin(text, key.span.begin);
  const size_t end = LinesEnd(stream, value);
  const bool own_line = IsBlankText(std::string_view(text).substr(begin, key.span.begin - begin));
  if (!own_line || end == std::string::npos)
    return Refuse(stream, key.span.begin, "a key that does not have its lines for itself");
  const bool list = value.kind == yaml::Kind::kSequence && value.style == yaml::Style::kBlock &&
                    !value.children.empty() && edit.value.kind == Fresh::Kind::kList &&
                    !edit.value.items.empty();
  if (list) return ReplaceItems(stream, value, edit.value);
  if (HasComment(std::string_view(text).substr(begin, end - begin)))
    return Refuse(stream, key.span.begin, "comments that the edit would take away");
  const std::string_view feed = LineFeedAt(text, key.span.begin);
  std::string lines =
      BlockPairText(key.value, edit.value, key.span.begin - begin, Quotes::kAsNeeded, feed);
  if (text[end - 1] != '\n') lines.resize(lines.size() - feed.size());
  return Edit{begin, end - begin, std::move(lines)};
}

}  // namespace

bool OnlyCommentBehind(std::string_view text, size_t at) {
  const size_t end = std::min(text.find('\n', at), text.size());
  const std::string_view rest = text.substr(at, end - at);
  const size_t first = rest.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return true;
  return rest[first] == '#' && first > 0;
}

Result<Edit> BlockSplice(const Stream& stream, const YamlEdit& edit) {
  switch (edit.kind) {
    case YamlEdit::Kind::kInsertItem:
      return InsertItem(stream, edit);
    case YamlEdit::Kind::kRemoveItem:
      return RemoveItem(stream, edit);
    case YamlEdit::Kind::kInsertPair:
      return InsertPair(stream, edit);
    case YamlEdit::Kind::kRemovePair:
      return RemovePair(stream, edit);
    case YamlEdit::Kind::kReplacePair:
      return ReplacePair(stream, edit);
    default:
      return Refuse(stream, stream.node(edit.node).span.begin, "a whole block");
  }
}

}  // namespace seawall::harden
