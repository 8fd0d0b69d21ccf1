#include "yaml/json_reader.h"

#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

size_t FirstByte(std::string_view bytes) {
  return bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

std::string Repair(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const Utf8 c = DecodeUtf8(text, at);
    if (c.valid) {
      out.append(text, at, c.length);
      at += c.length;
      continue;
    }
    AppendUtf8(out, 0xFFFD);
    at += 3;  // a surrogate's three bytes
  }
  return out;
}

/// RapidJSON does not say where an event begins. But between two of them stand only blanks, commas
/// and colons, so an event begins at the next other byte, and a scalar ends where the reader's
/// stream stands.
class Handler {
 public:
  Handler(TreeBuilder& builder, const rapidjson::StringStream& stream, size_t first)
      : builder_(builder), bytes_(builder.bytes()), stream_(stream), first_(first), at_(first) {}

  bool Null() { return Plain(); }
  bool Bool(bool) { return Plain(); }
  bool Int(int) { return Plain(); }
  bool Uint(unsigned) { return Plain(); }
  bool Int64(int64_t) { return Plain(); }
  bool Uint64(uint64_t) { return Plain(); }
  bool Double(double) { return Plain(); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Plain(); }
  bool Key(const char* text, rapidjson::SizeType length, bool) { return Quoted(text, length); }
  bool String(const char* text, rapidjson::SizeType length, bool) { return Quoted(text, length); }
  bool StartObject() { return Start(Kind::kMapping); }
  bool StartArray() { return Start(Kind::kSequence); }
  bool EndObject(rapidjson::SizeType) { return End(); }
  bool EndArray(rapidjson::SizeType) { return End(); }

 private:
  size_t Begin() const {
    return std::min(bytes_.find_first_not_of(" \t\r\n,:", at_), bytes_.size());
  }

  bool Scalar(NodeEvent node) {
    node.span = {Begin(), first_ + stream_.Tell()};
    if (node.implicit)
      node.value =
          std::string_view(bytes_).substr(node.span.begin, node.span.end - node.span.begin);
    at_ = node.span.end;
    return builder_.Add(node);
  }

  bool Plain() {
    NodeEvent node;
    node.implicit = true;
    return Scalar(node);
  }

  bool Quoted(const char* text, size_t length) {
    NodeEvent node;
    node.style = Style::kDoubleQuoted;
    node.value = {text, length};
    // RapidJSON lets half of a surrogate pair through; Go puts the replacement character there.
    if (FindInvalidUtf8(node.value) != std::string_view::npos) {
      repaired_ = Repair(node.value);
      node.value = repaired_;
    }
    return Scalar(node);
  }

  bool Start(Kind kind) {
    NodeEvent node;
    node.kind = kind;
    node.style = Style::kFlow;
    const size_t begin = Begin();
    node.span = {begin, begin};
    at_ = begin + 1;
    return builder_.Add(node);
  }

  bool End() {
    at_ = Begin() + 1;
    return builder_.EndCollection(at_);
  }

  TreeBuilder& builder_;
  const std::string& bytes_;
  const rapidjson::StringStream& stream_;
  size_t first_;
  size_t at_;
  std::string repaired_;
};

/// RapidJSON copies its stream while it parses unless the stream forbids it; the handler needs the
/// one that moves.
struct CountedStream : rapidjson::StringStream {
  using rapidjson::StringStream::StringStream;
};

}  // namespace

bool LooksLikeJson(std::string_view bytes) {
  const size_t first = bytes.find_first_not_of(" \t\r\n", FirstByte(bytes));
  return first != std::string_view::npos &&
         (bytes[first] == '{' || bytes[first] == '[' || bytes[first] == '"');
}

bool ReadJson(TreeBuilder& builder) {
  const size_t first = FirstByte(builder.bytes());
  CountedStream stream(builder.bytes().c_str() + first);
  Handler handler(builder, stream, first);
  builder.BeginDocument();
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  return !reader.Parse<kFlags>(stream, handler).IsError() && !builder.failed();
}

bool IsJson(std::string_view bytes) {
  rapidjson::MemoryStream memory(bytes.data(), bytes.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
  rapidjson::BaseReaderHandler<> handler;
  rapidjson::Reader reader;
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  return !reader.Parse<kFlags>(stream, handler).IsError();
}

}  // namespace seawall::yaml
