#include "yaml/event_reader.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>

#include "yaml/node_span.h"

namespace seawall::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view TextOf(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

Style StyleOf(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE:
      return Style::kFolded;
    default:
      return Style::kPlain;
  }
}

class EventReader {
 public:
  explicit EventReader(TreeBuilder& builder)
      : builder_(builder),
        bytes_(builder.bytes()),
        first_(bytes_.starts_with(kByteOrderMark) ? 1 : 0) {}

  ~EventReader() {
    if (ready_) yaml_parser_delete(&parser_);
  }
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  Result<void> Read() {
    ready_ = yaml_parser_initialize(&parser_) == 1;
    if (!ready_) return std::unexpected(builder_.At(0, ErrorCode::kIo, "no memory"));
    // The encoding is left for libyaml to see: were it told, a byte order mark would count as
    // indentation.
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes_.data()),
                                 bytes_.size());
    for (bool more = true; more;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) == 0) return std::unexpected(ParserError());
      more = event.type != YAML_STREAM_END_EVENT;
      const bool taken = Take(event);
      yaml_event_delete(&event);
      if (!taken) return std::unexpected(builder_.error());
    }
    return {};
  }

 private:
  // libyaml's marks count characters, a byte order mark at the beginning not among them.
  size_t Byte(const yaml_mark_t& mark) const {
    if (builder_.positions().ascii()) return std::min(mark.index, bytes_.size());
    return builder_.positions().ByteOf(bytes_, mark.index + first_);
  }

  Error ParserError() const {
    if (parser_.error == YAML_MEMORY_ERROR) return builder_.At(0, ErrorCode::kIo, "no memory");
    std::string why = parser_.problem != nullptr ? parser_.problem : "not YAML";
    if (parser_.context != nullptr) why = fmt::format("{}: {}", parser_.context, why);
    const size_t offset =
        parser_.error == YAML_READER_ERROR ? parser_.problem_offset : Byte(parser_.problem_mark);
    return builder_.At(offset, ErrorCode::kMalformed, std::move(why));
  }

  bool Take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        builder_.BeginDocument();
        return true;
      case YAML_ALIAS_EVENT:
        return TakeAlias(event);
      case YAML_SCALAR_EVENT:
        return TakeScalar(event);
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = event.data.sequence_start;
        const bool flow = start.style == YAML_FLOW_SEQUENCE_STYLE;
        return TakeCollection(event, Kind::kSequence, flow, TextOf(start.tag),
                              TextOf(start.anchor));
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = event.data.mapping_start;
        const bool flow = start.style == YAML_FLOW_MAPPING_STYLE;
        return TakeCollection(event, Kind::kMapping, flow, TextOf(start.tag), TextOf(start.anchor));
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return builder_.EndCollection(Byte(event.end_mark));
      default:
        return true;
    }
  }

  bool TakeAlias(const yaml_event_t& event) {
    NodeEvent node;
    node.kind = Kind::kAlias;
    node.span = {Byte(event.start_mark), Byte(event.end_mark)};
    node.value = TextOf(event.data.alias.anchor);
    return builder_.Add(node);
  }

  bool TakeScalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    NodeEvent node;
    node.kind = Kind::kScalar;
    node.style = StyleOf(scalar.style);
    node.value = {reinterpret_cast<const char*>(scalar.value), scalar.length};
    node.tag = TextOf(scalar.tag);
    node.anchor = TextOf(scalar.anchor);
    node.span = {Byte(event.start_mark), Byte(event.end_mark)};
    // libyaml hides the tag "!", which makes a string of what would be a number.
    const size_t begin = node.span.begin;
    node.span.begin = SkipProperties(bytes_, node.span, {});
    const bool tagged =
        bytes_.substr(begin, node.span.begin - begin).find('!') != std::string::npos;
    node.implicit = node.style == Style::kPlain && !tagged;
    const bool empty = node.style == Style::kPlain && node.value.empty();
    if (empty) {
      const bool bare = node.tag.empty() && node.anchor.empty();
      if (bare)
        node.span.begin =
            PlaceOfEmpty(bytes_, builder_.last_end(), node.span.begin, builder_.AtMappingValue());
      node.span.end = node.span.begin;
    } else if (node.style == Style::kLiteral || node.style == Style::kFolded) {
      node.span.end = EndOfBlockScalar(bytes_, node.span);
    }
    return builder_.Add(node);
  }

  bool TakeCollection(const yaml_event_t& event, Kind kind, bool flow, std::string_view tag,
                      std::string_view anchor) {
    NodeEvent node;
    node.kind = kind;
    node.style = flow ? Style::kFlow : Style::kBlock;
    node.tag = tag;
    node.anchor = anchor;
    node.span = {Byte(event.start_mark), bytes_.size()};
    node.span.begin =
        SkipProperties(bytes_, node.span, {.anchor = !anchor.empty(), .tag = !tag.empty()});
    node.span.end = node.span.begin;
    return builder_.Add(node);
  }

  TreeBuilder& builder_;
  const std::string& bytes_;
  size_t first_;
  yaml_parser_t parser_{};
  bool ready_ = false;
};

}  // namespace

Result<void> ReadYaml(TreeBuilder& builder) { return EventReader(builder).Read(); }

}  // namespace seawall::yaml
