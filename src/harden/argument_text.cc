#include "harden/argument_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/wrappers.h"
#include "harden/edit_flags.h"
#include "harden/edit_parts.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {
namespace {

using cluster::Argument;
using yaml::NodeId;
using yaml::Stream;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Text that means itself to systemd, to a shell and in an environment file.
bool IsPlainWord(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./=:@+,*").find(c) != std::string_view::npos;
  });
}

/// `sh -c` and its like among the words of a command.
bool RunsAShell(std::string_view command) {
  const std::vector<std::string> words = SplitWords(command);
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string_view program = cluster::BaseName(words[i]);
    const bool option =
        words[i + 1].starts_with('-') && words[i + 1].find('c') != std::string::npos;
    if (program.ends_with("sh") && option) return true;
  }
  return false;
}

}  // namespace

std::unexpected<Error> ArgumentEditor::Refuse(const Place& place, std::string why) const {
  return Fail(
      ErrorCode::kUnsupported, "edit the command line",
      place.line == 0 ? place.file : fmt::format("{}:{}:{}", place.file, place.line, place.column),
      std::move(why), "edit it by hand");
}

bool ArgumentEditor::InManifest(const Argument& argument) const {
  return component_.run_by == cluster::RunBy::kStaticPod &&
         argument.place.file == component_.where.file;
}

Result<NodeId> ArgumentEditor::NodeOf(const Stream& stream, const Argument& argument) const {
  for (NodeId id = 0; id < stream.size(); ++id) {
    const yaml::Node& node = stream.node(id);
    const bool here = node.kind == yaml::Kind::kScalar &&
                      node.span.begin <= argument.place.bytes.begin &&
                      argument.place.bytes.end <= node.span.end;
    if (!here) continue;
    const bool whole = node.value == argument.text && node.parent != yaml::kNone &&
                       stream.node(node.parent).kind == yaml::Kind::kSequence;
    if (whole) return id;
    return Refuse(argument.place,
                  "the argument is only a part of this text (a shell's line, or a "
                  "variable)");
  }
  return Refuse(argument.place, "the argument does not stand in this file as it is");
}

Result<Touches> ArgumentEditor::SpliceManifest(const Stream& stream, const YamlEdit& edit) const {
  auto splice = SpliceFor(stream, edit);
  if (!splice) return std::unexpected(splice.error());
  return Touches{Touch::Splice(component_.where.file, std::move(*splice))};
}

Result<Span> ArgumentEditor::Written(const Argument& argument, size_t from, size_t to) const {
  const auto& bytes = node_.Bytes(argument.place.file);
  if (!bytes) return std::unexpected(bytes.error());
  const Span span = argument.PlaceOf(from, to).bytes;
  const bool same = argument.unknown.empty() && span.end <= bytes->size() &&
                    std::string_view(*bytes).substr(span.begin, span.end - span.begin) ==
                        std::string_view(argument.text).substr(from, to - from);
  if (!same) return Refuse(argument.place, "quotes, escapes or a variable stand in the argument");
  return span;
}

Result<Touches> ArgumentEditor::SpliceLine(const std::string& path, Edit edit) const {
  if (!IsDistributionFile(path)) return Touches{Touch::Splice(path, std::move(edit))};
  const Place& line = component_.where;
  const auto& bytes = node_.Bytes(path);
  const bool within = bytes && line.file == path && edit.offset >= line.bytes.begin &&
                      edit.offset + edit.length <= line.bytes.end;
  if (!within)
    return Refuse({path, 0, 0, {}}, "it belongs to the distribution, and is not ExecStart= itself");
  std::string command = bytes->substr(line.bytes.begin, line.bytes.end - line.bytes.begin);
  command.replace(edit.offset - line.bytes.begin, edit.length, edit.replacement);
  const std::string drop_in = DropInPath(component_);
  if (node_.files->LinkStat(drop_in)) return Refuse({drop_in, 0, 0, {}}, "it is there already");
  Touches touches;
  AddFolders(node_, drop_in, touches);
  touches.push_back(Touch::Create(
      drop_in,
      fmt::format("# Written by seawall harden in place of an edit of {},\n# which belongs to the "
                  "distribution.\n[Service]\nExecStart=\nExecStart={}\n",
                  path, command),
      0600));
  return touches;
}

Result<Touches> ArgumentEditor::Replace(size_t index, const std::string& text, size_t same) {
  const Argument& argument = component_.command.arguments[index];
  if (InManifest(argument)) {
    const auto& stream = node_.Yaml(component_.where.file);
    if (!stream) return std::unexpected(stream.error());
    auto node = NodeOf(*stream, argument);
    if (!node) return std::unexpected(node.error());
    return SpliceManifest(*stream, {YamlEdit::Kind::kReplace, *node, 0, "", Fresh::Text(text)});
  }
  if (!IsPlainWord(text)) return Refuse(argument.place, "the value would need quotes");
  // Of "--flag=old" only "=old" is replaced, of a bare "--flag" nothing.
  auto span = Written(argument, same, argument.text.size());
  if (!span) return std::unexpected(span.error());
  return SpliceLine(argument.place.file, {span->begin, span->end - span->begin, text.substr(same)});
}

Result<Touches> ArgumentEditor::Remove(size_t index) {
  const Argument& argument = component_.command.arguments[index];
  if (InManifest(argument)) {
    const auto& stream = node_.Yaml(component_.where.file);
    if (!stream) return std::unexpected(stream.error());
    auto node = NodeOf(*stream, argument);
    if (!node) return std::unexpected(node.error());
    const yaml::Node& item = stream->node(*node);
    return SpliceManifest(*stream, {YamlEdit::Kind::kRemoveItem, item.parent, item.index, "", {}});
  }
  auto span = Written(argument, 0, argument.text.size());
  if (!span) return std::unexpected(span.error());
  const std::string& text = *node_.Bytes(argument.place.file);
  // The blanks before the word go, too; of the first word of a variable those behind it.
  size_t begin = span->begin;
  size_t end = span->end;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  if (begin == span->begin) {
    while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  }
  const bool alone = begin == LineBegin(text, begin) && begin != span->begin;
  const size_t behind = text.find_first_not_of(" \t", span->end);
  if (alone && behind != std::string::npos && text[behind] == '\\') {
    // A line of its own between continued lines.
    end = LineEnd(text, behind);
  } else if (alone) {
    // The last of several continued lines: the one before it becomes the last.
    const size_t feed = begin - 1;
    const size_t last = text.find_last_not_of(" \t\r", feed == 0 ? 0 : feed - 1);
    if (feed == 0 || last == std::string::npos || text[last] != '\\')
      return Refuse(argument.place, "it begins a line");
    begin = text.find_last_not_of(" \t", last - 1) + 1;
  }
  return SpliceLine(argument.place.file, {begin, end - begin, ""});
}

Result<Touches> ArgumentEditor::Insert(size_t index, const std::string& text) {
  return component_.run_by == cluster::RunBy::kStaticPod ? InsertIntoManifest(index, text)
                                                         : InsertIntoLine(index, text);
}

Result<Touches> ArgumentEditor::InsertIntoManifest(size_t index, const std::string& text) {
  const auto& stream = node_.Yaml(component_.where.file);
  if (!stream) return std::unexpected(stream.error());
  const auto& arguments = component_.command.arguments;
  YamlEdit edit{YamlEdit::Kind::kInsertItem, yaml::kNone, 0, "", Fresh::Text(text)};
  if (!arguments.empty()) {
    // Behind the one before it, so that it stands in that one's list.
    const Argument& beside = arguments[index == 0 ? 0 : index - 1];
    if (!InManifest(beside)) return Refuse(beside.place, "the argument comes from elsewhere");
    auto node = NodeOf(*stream, beside);
    if (!node) return std::unexpected(node.error());
    const yaml::Node& item = stream->node(*node);
    edit.node = item.parent;
    edit.index = item.index + (index == 0 ? 0 : 1);
    return SpliceManifest(*stream, edit);
  }
  for (NodeId id = 0; id < stream->size(); ++id) {
    const yaml::Node& container = stream->node(id);
    if (container.kind != yaml::Kind::kMapping || container.span != component_.where.bytes)
      continue;
    const yaml::Value value(&*stream, id);
    const yaml::Value args = value["args"];
    const yaml::Value list = args.is_sequence() ? args : value["command"];
    if (!list.is_sequence() || list.size() == 0 || (args.exists() && !args.is_sequence())) break;
    edit.node = list.id();
    edit.index = list.size();
    return SpliceManifest(*stream, edit);
  }
  return Refuse(component_.where, "the container has no list of arguments");
}

Result<Touches> ArgumentEditor::InsertIntoLine(size_t index, const std::string& text) {
  if (component_.run_by != cluster::RunBy::kSystemd)
    return Refuse(component_.where, fmt::format("it is run as a {}: no file says how",
                                                cluster::ToString(component_.run_by)));
  if (!IsPlainWord(text)) return Refuse(component_.where, "the value would need quotes");
  const auto& unit = node_.Bytes(component_.where.file);
  if (!unit) return std::unexpected(unit.error());
  const Span line = component_.where.bytes;
  if (RunsAShell(std::string_view(*unit).substr(line.begin, line.end - line.begin)))
    return Refuse(component_.where, "a shell's line starts it");
  const auto& arguments = component_.command.arguments;
  // Behind an argument of ExecStart= itself, the nearest before the place.
  for (size_t i = std::min(index, arguments.size()); i > 0; --i) {
    const Argument& beside = arguments[i - 1];
    const Span span = beside.place.bytes;
    const bool own = beside.origin == cluster::OriginKind::kFlag &&
                     beside.place.file == component_.where.file && span.begin >= line.begin &&
                     span.end <= line.end;
    if (!own || !Written(beside, 0, beside.text.size())) continue;
    const bool free = span.end == unit->size() || IsBlank((*unit)[span.end]);
    if (free) return SpliceLine(component_.where.file, {span.end, 0, " " + text});
  }
  // Behind the program, or at the line's end.
  return SpliceLine(component_.where.file, {line.end, 0, " " + text});
}

}  // namespace seawall::harden
