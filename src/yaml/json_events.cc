#include "yaml/json_events.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::yaml {
namespace {

constexpr const char* kAttempt = "parse";

/// RapidJSON copies its stream while it parses unless the stream forbids it; lines are counted on
/// the one that moves.
struct Moving : rapidjson::MemoryStream {
  using rapidjson::MemoryStream::MemoryStream;
};

class Handler {
 public:
  Handler(const Moving& stream, std::string_view bytes, EventSink& sink, const EventLimits& limits)
      : stream_(stream), bytes_(bytes), sink_(sink), limits_(limits), line_(limits.first_line) {}

  bool Null() { return Plain("null", ScalarType::kNull); }
  bool Bool(bool value) { return Plain(value ? "true" : "false", ScalarType::kBool); }
  bool Int(int) { return false; }  // numbers come as text
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    const std::string_view number(text, length);
    return Plain(number, number.find_first_of(".eE") == std::string_view::npos
                             ? ScalarType::kInt
                             : ScalarType::kFloat);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return sink_.Key({text, length}, Line());
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return sink_.Scalar({{text, length}, ScalarType::kString, Line()});
  }
  bool StartObject() { return Open() && sink_.BeginMapping(Line()); }
  bool StartArray() { return Open() && sink_.BeginSequence(Line()); }
  bool EndObject(rapidjson::SizeType) { return --depth_, sink_.EndMapping(); }
  bool EndArray(rapidjson::SizeType) { return --depth_, sink_.EndSequence(); }

  bool too_deep() const { return too_deep_; }
  uint32_t Line() {
    const size_t here = std::min(stream_.Tell(), bytes_.size());
    if (here > counted_) {
      line_ +=
          static_cast<uint32_t>(std::ranges::count(bytes_.substr(counted_, here - counted_), '\n'));
      counted_ = here;
    }
    return line_;
  }

 private:
  bool Plain(std::string_view text, ScalarType type) { return sink_.Scalar({text, type, Line()}); }
  bool Open() {
    too_deep_ = ++depth_ > limits_.depth;
    return !too_deep_;
  }

  const Moving& stream_;
  std::string_view bytes_;
  EventSink& sink_;
  EventLimits limits_;
  uint32_t line_;
  size_t counted_ = 0;
  size_t depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

Result<void> ReadJsonEvents(const std::string& file, std::string_view bytes, EventSink& sink,
                            const EventLimits& limits, bool& began) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  Moving stream(bytes.data(), bytes.size());
  Handler handler(stream, bytes, sink, limits);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseStopWhenDoneFlag;
  while (true) {
    while (stream.Tell() < bytes.size() &&
           std::string_view(" \t\r\n").find(stream.Peek()) != std::string_view::npos)
      stream.Take();
    if (stream.Tell() >= bytes.size()) return {};
    if (!sink.BeginDocument(handler.Line())) return {};
    const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
    if (result.IsError()) {
      if (handler.too_deep()) {
        return Fail(ErrorCode::kLimit, kAttempt, fmt::format("{}:{}", file, handler.Line()),
                    fmt::format("nested deeper than {}", limits.depth));
      }
      if (result.Code() == rapidjson::kParseErrorTermination) return {};  // the sink's own wish
      return Fail(ErrorCode::kMalformed, kAttempt, fmt::format("{}:{}", file, handler.Line()),
                  fmt::format("not JSON: {}", rapidjson::GetParseError_En(result.Code())));
    }
    began = true;
    if (!sink.EndDocument()) return {};
  }
}

}  // namespace seawall::yaml
