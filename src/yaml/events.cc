#include "yaml/events.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "yaml/json_events.h"
#include "yaml/resolve.h"

namespace seawall::yaml {
namespace {

constexpr const char* kAttempt = "parse";

/// What of an alias, a tag or a merge key only a tree can tell: the document is read as one and
/// walked.
class TreeWalk {
 public:
  explicit TreeWalk(EventSink& sink) : sink_(sink) {}
  bool Walk(const Value& value) {
    if (value.is_mapping()) return Mapping(value);
    if (value.is_sequence()) {
      if (!sink_.BeginSequence(LineOf(value))) return false;
      for (const Value& item : value.Items()) {
        if (!Walk(item)) return false;
      }
      return sink_.EndSequence();
    }
    return sink_.Scalar({value.text(), value.type(), LineOf(value)});
  }

 private:
  static uint32_t LineOf(const Value& value) { return value.place().line; }
  bool Mapping(const Value& value) {
    if (!sink_.BeginMapping(LineOf(value))) return false;
    for (const Value::Pair& pair : value.Pairs()) {
      if (!sink_.Key(pair.key.KeyText(), LineOf(pair.key)) || !Walk(pair.value)) return false;
    }
    return sink_.EndMapping();
  }
  EventSink& sink_;
};

/// Whether a line that begins at `at` ends a document.
bool IsMarker(std::string_view bytes, size_t at) {
  const std::string_view mark = bytes.substr(at, 3);
  if (mark != "---" && mark != "...") return false;
  return at + 3 >= bytes.size() || std::strchr(" \t\r\n", bytes[at + 3]) != nullptr;
}

size_t EndOfDocument(std::string_view bytes, size_t from) {
  for (size_t at = bytes.find('\n', from); at != std::string_view::npos;
       at = bytes.find('\n', at + 1)) {
    if (IsMarker(bytes, at + 1)) return at + 1;
  }
  return bytes.size();
}

class YamlEvents {
 public:
  YamlEvents(const std::string& file, std::string_view bytes, EventSink& sink,
             const EventLimits& limits)
      : file_(file), bytes_(bytes), sink_(sink), limits_(limits) {
    ascii_ = std::ranges::all_of(bytes, [](char c) { return static_cast<signed char>(c) >= 0; });
  }
  ~YamlEvents() {
    if (ready_) yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;
  YamlEvents& operator=(const YamlEvents&) = delete;

  Result<void> Read() {
    ready_ = yaml_parser_initialize(&parser_) == 1;
    if (!ready_) return Fail(ErrorCode::kIo, kAttempt, file_, "no memory");
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(bytes_.data()),
                                 bytes_.size());
    for (bool more = true; more;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) == 0) return std::unexpected(ParserError());
      more = event.type != YAML_STREAM_END_EVENT;
      const bool taken = Take(event);
      yaml_event_delete(&event);
      if (failed_) return std::unexpected(*failed_);
      if (!taken) return {};
    }
    return {};
  }

 private:
  uint32_t LineOf(const yaml_mark_t& mark) const {
    return static_cast<uint32_t>(mark.line) + limits_.first_line;
  }
  std::string Where(uint32_t line) const { return fmt::format("{}:{}", file_, line); }

  Error ParserError() const {
    std::string why = parser_.problem != nullptr ? parser_.problem : "not YAML";
    if (parser_.error == YAML_MEMORY_ERROR) why = "no memory";
    if (parser_.context != nullptr) why = fmt::format("{}: {}", parser_.context, why);
    return {ErrorCode::kMalformed, kAttempt, Where(LineOf(parser_.problem_mark)), why, ""};
  }
  bool Stop(ErrorCode code, const yaml_mark_t& mark, std::string why) {
    failed_ = Error{code, kAttempt, Where(LineOf(mark)), std::move(why), ""};
    return false;
  }

  size_t ByteOf(size_t index) const {
    if (ascii_) return std::min(index, bytes_.size());
    size_t at = bytes_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    for (; index > 0 && at < bytes_.size(); --index) {
      ++at;
      while (at < bytes_.size() && (static_cast<unsigned char>(bytes_[at]) & 0xC0) == 0x80) ++at;
    }
    return at;
  }

  bool Take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        return Begin(event);
      case YAML_DOCUMENT_END_EVENT:
        return End(event);
      default:
        break;
    }
    if (as_tree_) return true;
    switch (event.type) {
      case YAML_ALIAS_EVENT:
        return AsTree();
      case YAML_SCALAR_EVENT:
        return Scalar(event);
      case YAML_SEQUENCE_START_EVENT:
        if (event.data.sequence_start.tag != nullptr) return AsTree();
        return Open(event, false);
      case YAML_MAPPING_START_EVENT:
        if (event.data.mapping_start.tag != nullptr) return AsTree();
        return Open(event, true);
      case YAML_SEQUENCE_END_EVENT:
        Close();
        return sink_.EndSequence();
      case YAML_MAPPING_END_EVENT:
        Close();
        return sink_.EndMapping();
      default:
        return true;
    }
  }

  bool Begin(const yaml_event_t& event) {
    start_ = event.start_mark;
    as_tree_ = false;
    empty_ = false;
    open_.clear();
    return sink_.BeginDocument(LineOf(event.start_mark));
  }

  bool End(const yaml_event_t& event) {
    if (as_tree_ && !ReplayTree(event.start_mark)) return false;
    return sink_.EndDocument();
  }

  bool AsTree() {
    as_tree_ = true;
    sink_.Restart();
    return true;
  }

  bool ReplayTree(const yaml_mark_t& end) {
    const size_t begin = ByteOf(start_.index);
    // The line of the document's own marker is not its end.
    const size_t until = EndOfDocument(bytes_, begin);
    const std::string lines(start_.line + limits_.first_line - 1, '\n');
    auto stream = Parse(file_, lines + std::string(bytes_.substr(begin, until - begin)),
                        {.bytes = lines.size() + (16u << 20), .depth = limits_.depth});
    if (!stream) {
      failed_ = stream.error();
      return false;
    }
    if (stream->documents() != 1) return Stop(ErrorCode::kMalformed, end, "not one document");
    return TreeWalk(sink_).Walk(stream->root());
  }

  bool IsKey() const { return !open_.empty() && open_.back().mapping && open_.back().key_next; }
  void ValueTaken() {
    if (!open_.empty()) open_.back().key_next = true;
  }

  bool Scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (scalar.tag != nullptr) return AsTree();
    const bool plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.plain_implicit != 0;
    const uint32_t line = LineOf(event.start_mark);
    if (IsKey()) {
      if (plain && text == "<<") return AsTree();
      open_.back().key_next = false;
      if (!plain || Resolve(text) == ScalarType::kString) return sink_.Key(text, line);
      return AsTree();  // a key that is a number or a boolean has one spelling
    }
    if (open_.empty() && plain && text.empty()) {  // a document of nothing
      empty_ = true;
      return sink_.Scalar({text, ScalarType::kNull, line});
    }
    ValueTaken();
    return sink_.Scalar({text, plain ? Resolve(text) : ScalarType::kString, line});
  }

  bool Open(const yaml_event_t& event, bool mapping) {
    if (IsKey()) return Stop(ErrorCode::kMalformed, event.start_mark, "a key is no scalar");
    ValueTaken();
    if (open_.size() >= limits_.depth) {
      return Stop(ErrorCode::kLimit, event.start_mark,
                  fmt::format("nested deeper than {}", limits_.depth));
    }
    open_.push_back({mapping, true});
    const uint32_t line = LineOf(event.start_mark);
    return mapping ? sink_.BeginMapping(line) : sink_.BeginSequence(line);
  }
  void Close() {
    if (!open_.empty()) open_.pop_back();
  }

  struct Collection {
    bool mapping = false;
    bool key_next = true;
  };

  const std::string& file_;
  std::string_view bytes_;
  EventSink& sink_;
  EventLimits limits_;
  bool ascii_ = false;
  bool ready_ = false;
  bool as_tree_ = false;
  bool empty_ = false;
  yaml_parser_t parser_{};
  yaml_mark_t start_{};
  std::vector<Collection> open_;
  std::optional<Error> failed_;
};

Result<void> CheckText(const std::string& file, std::string_view bytes, const EventLimits& limits) {
  const auto line = [&](size_t at) {
    return fmt::format("{}:{}", file,
                       limits.first_line + std::ranges::count(bytes.substr(0, at), '\n'));
  };
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return Fail(ErrorCode::kUnsupported, kAttempt, file, "UTF-16 text; only UTF-8 is read");
  }
  if (const size_t at = bytes.find('\0'); at != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, kAttempt, line(at), "NUL byte: this is not text");
  }
  if (const size_t at = FindInvalidUtf8(bytes); at != std::string_view::npos) {
    return Fail(ErrorCode::kMalformed, kAttempt, line(at), "invalid UTF-8");
  }
  return {};
}

/// Forwards, and remembers whether a document ended: then the input is not begun anew.
bool LooksLikeJsonStream(std::string_view bytes) {
  const size_t first =
      bytes.find_first_not_of(" \t\r\n", bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  return first != std::string_view::npos && (bytes[first] == '{' || bytes[first] == '[');
}

}  // namespace

bool WalkEvents(const Value& value, EventSink& sink) { return TreeWalk(sink).Walk(value); }

Result<void> ReadEvents(const std::string& file, std::string_view bytes, EventSink& sink,
                        const EventLimits& limits) {
  if (auto ok = CheckText(file, bytes, limits); !ok) return ok;
  if (LooksLikeJsonStream(bytes)) {
    bool began = false;
    auto read = ReadJsonEvents(file, bytes, sink, limits, began);
    // Flow YAML is not JSON, and kubectl takes it.
    if (read || began || read.error().code != ErrorCode::kMalformed) return read;
    sink.Restart();
    if (YamlEvents(file, bytes, sink, limits).Read()) return {};
    return read;
  }
  return YamlEvents(file, bytes, sink, limits).Read();
}

std::vector<size_t> SplitDocuments(std::string_view bytes, size_t parts) {
  std::vector<size_t> cuts = {0};
  if (parts < 2 || LooksLikeJsonStream(bytes) || bytes.starts_with('%') ||
      bytes.find("\n%") != std::string_view::npos) {  // a directive belongs to what follows
    return cuts;
  }
  for (size_t i = 1; i < parts; ++i) {
    const size_t from = std::max(cuts.back() + 1, bytes.size() * i / parts);
    size_t at = bytes.find("\n---", from);
    while (at != std::string_view::npos && !IsMarker(bytes, at + 1))
      at = bytes.find("\n---", at + 1);
    if (at == std::string_view::npos) break;
    cuts.push_back(at + 1);
  }
  return cuts;
}

}  // namespace seawall::yaml
