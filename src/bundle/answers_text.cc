#include "bundle/answers_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/text.h"

namespace seawall::bundle {
namespace {

using Type = FileStat::Type;

constexpr std::string_view kTypes = "fdlbpso";  // in the order of FileStat::Type
constexpr ErrorCode kCodes[] = {
    ErrorCode::kNotFound,    ErrorCode::kPermission, ErrorCode::kNotRegular, ErrorCode::kTooLarge,
    ErrorCode::kEscapes,     ErrorCode::kMalformed,  ErrorCode::kLimit,      ErrorCode::kNotHeld,
    ErrorCode::kUnsupported, ErrorCode::kUsage,      ErrorCode::kIo};
constexpr size_t kLongestPath = 8192;
/// Bytes of contents in all: a hostile bundle may name one of them in every line.
constexpr size_t kMostBytes = 128u << 20;
constexpr const char* kTooMany = "more answers than any node has";

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '%') {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<std::string> Unescaped(std::string_view text) {
  if (text.find('%') == std::string_view::npos) return std::string(text);
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const char* begin = text.data() + i + 1;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

char Letter(Type type) { return kTypes[static_cast<size_t>(type)]; }

class Writer {
 public:
  AnswersText Write(const Answers& answers) {
    Stats("stat", answers.stats);
    Stats("lstat", answers.link_stats);
    for (const auto& [path, link] : answers.links) {
      if (Begin("link", path, link)) out_.text += "\t" + Escaped(*link) + "\n";
    }
    for (const auto& [path, list] : answers.lists) {
      if (!Begin("list", path, list)) continue;
      for (const FolderEntry& entry : *list)
        out_.text += fmt::format("\t{}{}", Letter(entry.type), Escaped(entry.name));
      out_.text += "\n";
    }
    for (const auto& [path, file] : answers.reads) {
      if (Begin("read", path, file.bytes, fmt::format("\t{}", file.limit)))
        out_.text += fmt::format("\t{}\n", Content(*file.bytes));
    }
    for (const auto& [part, bytes] : answers.parts) {
      const auto& [path, offset, length] = part;
      if (Begin("part", path, bytes, fmt::format("\t{}\t{}", offset, length)))
        out_.text += fmt::format("\t{}\n", Content(*bytes));
    }
    return std::move(out_);
  }

 private:
  /// The line's beginning, or all of it for an error.
  template <typename T>
  bool Begin(const char* op, const std::string& path, const Result<T>& answer,
             const std::string& more = "") {
    out_.text += fmt::format("{}{}\t{}{}", answer ? "" : "!", op, Escaped(path), more);
    if (answer) return true;
    const Error& error = answer.error();
    out_.text += fmt::format("\t{}\t{}\t{}\t{}\t{}\n", ToString(error.code), Escaped(error.attempt),
                             Escaped(error.where), Escaped(error.why), Escaped(error.todo));
    return false;
  }

  void Stats(const char* op, const Answers::Table<Result<FileStat>>& table) {
    for (const auto& [path, stat] : table) {
      if (!Begin(op, path, stat)) continue;
      const FileStat& s = *stat;
      out_.text += fmt::format("\t{}\t{:o}\t{}\t{}\t{}\t{}\t{}\t{}\n", Letter(s.type), s.mode,
                               s.uid, s.gid, s.size, s.modified_ns, s.device, s.inode);
    }
  }

  size_t Content(const std::string& bytes) {
    const auto [at, fresh] = numbers_.try_emplace(bytes, out_.contents.size());
    if (fresh) out_.contents.push_back(bytes);
    return at->second;
  }

  AnswersText out_;
  std::map<std::string_view, size_t> numbers_;
};

/// The fields of one line, taken one by one; `good` ends false when one is missing or wrong.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  bool good() const { return good_; }
  bool done() const { return good_ && ended_; }
  bool more() const { return good_ && !ended_; }

  std::string_view Raw() {
    if (ended_) good_ = false;
    if (!good_) return {};
    const size_t tab = rest_.find('\t');
    const std::string_view field = rest_.substr(0, tab);
    ended_ = tab == std::string_view::npos;
    rest_.remove_prefix(ended_ ? rest_.size() : tab + 1);
    return field;
  }
  std::string Text() {
    auto text = Unescaped(Raw());
    if (!text) good_ = false;
    return text.value_or("");
  }
  std::string Path() {
    std::string path = Text();
    if (path.empty() || path.size() > kLongestPath) good_ = false;
    return path;
  }
  template <typename T>
  T Number(int base = 10) {
    const std::string_view text = Raw();
    T value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) good_ = false;
    return value;
  }
  Type TypeOf(char letter) {
    const size_t at = kTypes.find(letter);
    if (at == std::string_view::npos) good_ = false;
    return at == std::string_view::npos ? Type::kOther : static_cast<Type>(at);
  }
  void Bad() { good_ = false; }

 private:
  std::string_view rest_;
  bool good_ = true;
  bool ended_ = false;
};

class Reader {
 public:
  explicit Reader(const std::vector<std::string_view>& contents)
      : contents_(contents), used_(contents.size()) {}

  Result<Answers> Read(std::string_view text) {
    size_t line = 0;
    while (!text.empty()) {
      ++line;
      const size_t end = text.find('\n');
      if (end == std::string_view::npos) return At(line, "the line has no end");
      Fields fields(text.substr(0, end));
      text.remove_prefix(end + 1);
      if (line + names_ > kMostAnswers) return At(line, kTooMany);
      if (!Take(fields)) {
        return At(line, names_ > kMostAnswers ? kTooMany : "not a line of this format");
      }
      if (again_) return At(line, "the same is answered twice");
    }
    if (std::ranges::find(used_, false) != used_.end())
      return At(line, "a content belongs to no answer");
    return std::move(answers_);
  }

 private:
  static std::unexpected<Error> At(size_t line, const char* why) {
    return Fail(ErrorCode::kMalformed, "read the bundle", fmt::format("answers:{}", line), why);
  }

  bool Take(Fields& fields) {
    std::string_view op = fields.Raw();
    const bool failed = op.starts_with('!');
    if (failed) op.remove_prefix(1);
    if (op == "stat") return TakeStat(fields, failed, answers_.stats);
    if (op == "lstat") return TakeStat(fields, failed, answers_.link_stats);
    if (op == "link") return TakeLink(fields, failed);
    if (op == "list") return TakeList(fields, failed);
    if (op == "read") return TakeRead(fields, failed);
    return op == "part" && TakePart(fields, failed);
  }

  template <typename Table, typename Key, typename Value>
  bool Put(const Fields& fields, Table& table, Key key, Value value) {
    if (!fields.done()) return false;
    again_ = !table.emplace(std::move(key), std::move(value)).second;
    return true;
  }

  std::unexpected<Error> TakeError(Fields& fields) {
    Error error;
    const std::string_view code = fields.Raw();
    const auto* known =
        std::ranges::find_if(kCodes, [&](ErrorCode c) { return ToString(c) == code; });
    if (known == std::end(kCodes)) {
      fields.Bad();
    } else {
      error.code = *known;
    }
    error.attempt = fields.Text();
    error.where = fields.Text();
    error.why = fields.Text();
    error.todo = fields.Text();
    return std::unexpected(std::move(error));
  }

  bool TakeStat(Fields& fields, bool failed, Answers::Table<Result<FileStat>>& table) {
    std::string path = fields.Path();
    if (failed) {
      Result<FileStat> error = TakeError(fields);
      return Put(fields, table, std::move(path), std::move(error));
    }
    FileStat s;
    const std::string_view type = fields.Raw();
    if (type.size() != 1) return false;
    s.type = fields.TypeOf(type[0]);
    s.mode = fields.Number<uint32_t>(8);
    s.uid = fields.Number<uint32_t>();
    s.gid = fields.Number<uint32_t>();
    s.size = fields.Number<uint64_t>();
    s.modified_ns = fields.Number<int64_t>();
    s.device = fields.Number<uint64_t>();
    s.inode = fields.Number<uint64_t>();
    if (s.mode > 07777) return false;
    return Put(fields, table, std::move(path), Result<FileStat>(s));
  }

  bool TakeLink(Fields& fields, bool failed) {
    std::string path = fields.Path();
    Result<std::string> link = failed ? Result<std::string>(TakeError(fields)) : fields.Text();
    return Put(fields, answers_.links, std::move(path), std::move(link));
  }

  bool TakeList(Fields& fields, bool failed) {
    std::string path = fields.Path();
    if (failed) {
      Result<std::vector<FolderEntry>> error = TakeError(fields);
      return Put(fields, answers_.lists, std::move(path), std::move(error));
    }
    std::vector<FolderEntry> entries;
    while (fields.more()) {
      std::string entry = fields.Text();
      if (entry.size() < 2 || entry.find('/') != std::string::npos) return false;
      const Type type = fields.TypeOf(entry[0]);
      entry.erase(0, 1);
      if (!entries.empty() && entries.back().name >= entry) return false;
      if (entries.size() == Files::kListLimit || ++names_ > kMostAnswers) return false;
      entries.push_back({std::move(entry), type});
    }
    return Put(fields, answers_.lists, std::move(path),
               Result<std::vector<FolderEntry>>(std::move(entries)));
  }

  Result<std::string> TakeContent(Fields& fields) {
    const auto number = fields.Number<size_t>();
    if (number >= contents_.size()) {
      fields.Bad();
      return std::string();
    }
    used_[number] = true;
    taken_ += contents_[number].size();
    if (taken_ > kMostBytes) {
      fields.Bad();
      return std::string();
    }
    return std::string(contents_[number]);
  }

  bool TakeRead(Fields& fields, bool failed) {
    std::string path = fields.Path();
    WholeFile file{std::string(), fields.Number<uint64_t>()};
    file.bytes = failed ? Result<std::string>(TakeError(fields)) : TakeContent(fields);
    return Put(fields, answers_.reads, std::move(path), std::move(file));
  }

  bool TakePart(Fields& fields, bool failed) {
    std::string path = fields.Path();
    const auto offset = fields.Number<uint64_t>();
    const auto length = fields.Number<uint64_t>();
    Result<std::string> bytes =
        failed ? Result<std::string>(TakeError(fields)) : TakeContent(fields);
    if (bytes && bytes->size() > length) return false;
    return Put(fields, answers_.parts, Part(std::move(path), offset, length), std::move(bytes));
  }

  const std::vector<std::string_view>& contents_;
  std::vector<bool> used_;
  Answers answers_;
  size_t taken_ = 0;  ///< bytes of contents
  size_t names_ = 0;  ///< in folders
  bool again_ = false;
};

}  // namespace

size_t CountAnswers(const Answers& answers) {
  size_t count = answers.size();
  for (const auto& [path, list] : answers.lists) count += list ? list->size() : 0;
  return count;
}

AnswersText WriteAnswers(const Answers& answers) { return Writer().Write(answers); }

Result<Answers> ReadAnswers(std::string_view text, const std::vector<std::string_view>& contents) {
  return Reader(contents).Read(text);
}

}  // namespace seawall::bundle
