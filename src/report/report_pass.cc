#include "report/report_pass.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <set>

#include "base/text.h"
#include "report/time_text.h"

namespace seawall::report {
namespace {

/// Cuts a report into pieces: the members of the top object, and of its lists every item.
class Splitter {
 public:
  using Take =
      std::function<bool(const std::string& section, const JsonValue& piece, size_t begin)>;
  Splitter(const FileStream& stream, Take take) : stream_(stream), take_(std::move(take)) {}

  bool Null() { return Value({}); }
  bool Bool(bool b) { return Value({.type = JsonValue::Type::kBool, .boolean = b}); }
  bool Int(int i) { return Int64(i); }
  bool Uint(unsigned i) { return Int64(i); }
  bool Int64(int64_t i) { return Value({.type = JsonValue::Type::kInteger, .integer = i}); }
  bool Uint64(uint64_t i) {
    return i <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
               ? Int64(static_cast<int64_t>(i))
               : Double(0);
  }
  bool Double(double) { return Value({.type = JsonValue::Type::kNumber}); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Double(0); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return Value({.type = JsonValue::Type::kString, .text = std::string(text, length)});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    const std::string_view key(text, length);
    if (building_) return builder_.Key(key) || Stop(builder_.why());
    section_ = key;
    return seen_.insert(section_).second || Stop("a key stands there twice");
  }
  bool StartObject() {
    if (depth_ == 0) {
      depth_ = 1;
      return true;
    }
    return Open(JsonValue::Type::kObject);
  }
  bool StartArray() {
    if (depth_ == 0) return Stop("this is no report: it begins with no object");
    if (depth_ == 1 && !building_ && IsList()) {
      depth_ = 2;
      return take_(section_ + "[]", {}, stream_.Tell());
    }
    return Open(JsonValue::Type::kArray);
  }
  bool EndObject(rapidjson::SizeType) {
    if (building_) return Close();
    depth_ = 0;
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    if (building_) return Close();
    depth_ = 1;
    return true;
  }
  const std::string& why() const { return why_; }

 private:
  bool IsList() const {
    return section_ == "findings" || section_ == "nodes" || section_ == "waivers" ||
           section_ == "attestations" || section_ == "evidence";
  }
  bool Stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }
  bool Value(JsonValue value) {
    if (depth_ == 0) return Stop("this is no report: it begins with no object");
    if (building_) return builder_.Add(std::move(value)) || Stop(builder_.why());
    if (depth_ == 2) return Stop(section_ + " holds something that is no object");
    return take_(section_, value, stream_.Tell());
  }
  bool Open(JsonValue::Type type) {
    if (!building_) {
      building_ = true;
      begin_ = stream_.Tell() - 1;
    }
    return builder_.Open(type) || Stop(builder_.why());
  }
  bool Close() {
    if (!builder_.Close()) return Stop(builder_.why());
    if (!builder_.done()) return true;
    building_ = false;
    return take_(section_, builder_.Take(), begin_);
  }

  const FileStream& stream_;
  Take take_;
  JsonBuilder builder_;
  std::set<std::string> seen_;
  std::string section_;
  std::string why_;
  size_t begin_ = 0;
  int depth_ = 0;  ///< 1: in the top object, 2: in one of its lists
  bool building_ = false;
};

/// Sorts pieces into a ReportPass.
class Sorter {
 public:
  Sorter(ReportPass& pass, bool lenient, const std::function<Result<void>(Record)>& take)
      : pass_(pass), lenient_(lenient), take_(take) {}

  bool Piece(const std::string& section, const JsonValue& piece, size_t begin) {
    const bool fine = pass_.complaint.empty();
    bool go_on = true;
    if (section == "findings") {
      go_on = Finding(piece);
    } else if (section == "nodes") {
      const std::string path = fmt::format("nodes[{}]", pass_.nodes.size());
      pass_.nodes.push_back(ReadNodeRecord(piece, path, lenient_, pass_.complaint));
    } else if (section == "waivers") {
      const std::string path = fmt::format("waivers[{}]", pass_.waivers.size());
      pass_.waivers.push_back(ReadWaiverUse(piece, path, lenient_, pass_.complaint));
    } else if (section == "attestations") {
      const std::string path = fmt::format("attestations[{}]", pass_.attestations.size());
      pass_.attestations.push_back(ReadAttestationUse(piece, path, lenient_, pass_.complaint));
    } else if (section == "evidence") {
      const std::string path = fmt::format("evidence[{}]", pass_.evidence.size());
      pass_.evidence.push_back(ReadRunEvidence(piece, path, lenient_, pass_.complaint));
    } else if (section != "waivers[]" && section != "attestations[]" && section != "evidence[]") {
      Member(section, piece);
    }
    if (fine && !pass_.complaint.empty()) pass_.complaint_at = begin;
    return go_on;
  }
  const Result<void>& taken() const { return taken_; }

 private:
  bool Finding(const JsonValue& piece) {
    Record record = ReadRecord(piece, fmt::format("findings[{}]", findings_++), lenient_,
                               pass_.complaint, pass_.rules);
    pass_.counted.Add(record.verdict, record.manual, record.rule->severity);
    if (pass_.runs.empty() || pass_.runs.back() != record.node) pass_.runs.push_back(record.node);
    if (take_) taken_ = take_(std::move(record));
    return taken_.has_value();
  }

  void Member(const std::string& key, const JsonValue& value) {
    const bool text = value.type == JsonValue::Type::kString;
    if (key == "findings[]") {
      pass_.has_findings = true;
    } else if (key == "nodes[]") {
      pass_.has_nodes = true;
    } else if (key == "schemaVersion") {
      if (!text) pass_.complaint.Say("schemaVersion is no text");
      pass_.schema_version = value.text;
    } else if (key == "tool") {
      Fields fields(value, "tool", lenient_, pass_.complaint);
      if (fields.Text("name") != "seawall") pass_.complaint.Say("tool.name is not seawall");
      pass_.tool_version = fields.Text("version");
      pass_.has_tool = true;
    } else if (key == "at") {
      pass_.at = text ? ParseTimeText(value.text) : std::nullopt;
      if (!pass_.at) pass_.complaint.Say("at is no time");
    } else if (key == "summary") {
      pass_.summary = ReadSummary(value, lenient_, pass_.complaint, pass_.exit_status);
      pass_.has_summary = true;
    } else if (!lenient_) {
      pass_.complaint.Say(fmt::format("there is no field {}", PrintableShort(key, 60)));
    }
  }

  ReportPass& pass_;
  bool lenient_;
  const std::function<Result<void>(Record)>& take_;
  Result<void> taken_;
  size_t findings_ = 0;
};

}  // namespace

void FileStream::Fill() {
  before_ += end_;
  at_ = end_ = 0;
  while (error_ == 0) {
    const ssize_t n = pread(fd_, buffer_.data(), buffer_.size(), static_cast<off_t>(before_));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error_ = errno;
    if (n > 0) end_ = static_cast<size_t>(n);
    return;
  }
}

Result<void> ReportPass::Run(int fd, const std::string& name, bool lenient,
                             const std::function<Result<void>(Record)>& take) {
  FileStream stream(fd);
  Sorter sorter(*this, lenient, take);
  Splitter splitter(stream,
                    [&sorter](const std::string& section, const JsonValue& piece, size_t begin) {
                      return sorter.Piece(section, piece, begin);
                    });
  rapidjson::Reader reader;
  // Iterative: hostile nesting must not use up the stack.
  const rapidjson::ParseResult result = reader.Parse < rapidjson::kParseValidateEncodingFlag |
                                        rapidjson::kParseIterativeFlag > (stream, splitter);
  if (!sorter.taken()) return sorter.taken();
  if (stream.error() != 0)
    return Fail(ErrorCode::kIo, "read the report", name, std::strerror(stream.error()));
  if (!result.IsError()) {
    // RapidJSON takes a NUL for the end.
    if (stream.AtEnd()) return {};
    return Fail(ErrorCode::kMalformed, "read the report", PlaceOfByte(fd, name, stream.Tell()),
                "a NUL stands behind the report");
  }
  const bool cut = stream.AtEnd() && result.Code() != rapidjson::kParseErrorTermination;
  std::string why = !splitter.why().empty() ? splitter.why()
                    : cut                   ? "it ends too early"
                                            : rapidjson::GetParseError_En(result.Code());
  return Fail(ErrorCode::kMalformed, "read the report", PlaceOfByte(fd, name, result.Offset()),
              std::move(why), "name what `seawall audit -o json` wrote, whole and unchanged");
}

std::string PlaceOfByte(int fd, const std::string& name, size_t offset) {
  FileStream stream(fd);
  size_t line = 1;
  size_t column = 1;
  while (!stream.AtEnd() && stream.Tell() < offset) {
    const char c = stream.Take();
    if (c == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++column;
    }
  }
  return fmt::format("{}:{}:{}", name, line, column);
}

}  // namespace seawall::report
