#include "cluster/token_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace seawall::cluster {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::optional<TokenFileFault> Run() {
    while (at_ < bytes_.size()) {
      if (SkipEmptyLine()) continue;
      const size_t line = line_;
      if (const char* fault = Record()) return TokenFileFault{line, fault};
      if (columns_ < 3) {
        return TokenFileFault{
            line,
            fmt::format("the record has {} of the 3 columns token, user name, user uid", columns_)};
      }
    }
    return std::nullopt;
  }

 private:
  bool AtEnd() const { return at_ >= bytes_.size(); }
  bool AtLineEnd() const {
    return AtEnd() || bytes_[at_] == '\n' || bytes_.substr(at_).starts_with("\r\n") ||
           bytes_.substr(at_) == "\r";
  }
  void PassLineEnd() {
    if (!AtEnd() && bytes_[at_] == '\r') ++at_;
    if (!AtEnd() && bytes_[at_] == '\n') ++at_;
    ++line_;
  }
  bool SkipEmptyLine() {
    if (!AtLineEnd()) return false;
    PassLineEnd();
    return true;
  }

  /// One record; a text when it is no CSV.
  const char* Record() {
    for (columns_ = 1;; ++columns_) {
      if (const char* fault = Field()) return fault;
      if (AtLineEnd()) break;
      ++at_;  // the comma
    }
    PassLineEnd();
    return nullptr;
  }

  const char* Field() { return !AtEnd() && bytes_[at_] == '"' ? Quoted() : Plain(); }

  const char* Plain() {
    for (; !AtLineEnd() && bytes_[at_] != ','; ++at_) {
      if (bytes_[at_] == '"') return "a quotation mark stands within a field without quotes";
    }
    return nullptr;
  }

  const char* Quoted() {
    for (++at_;; ++at_) {
      const size_t quote = bytes_.find('"', at_);
      if (quote == bytes_.npos) return "a quoted field does not end";
      line_ += static_cast<size_t>(std::ranges::count(bytes_.substr(at_, quote - at_), '\n'));
      at_ = quote + 1;
      if (!AtEnd() && bytes_[at_] == '"') continue;  // "" is one of them
      if (AtLineEnd() || bytes_[at_] == ',') return nullptr;
      return "something follows the end of a quoted field";
    }
  }

  std::string_view bytes_;
  size_t at_ = 0;
  size_t line_ = 1;
  size_t columns_ = 0;
};

}  // namespace

std::optional<TokenFileFault> FindTokenFileFault(std::string_view bytes) {
  return Reader(bytes).Run();
}

}  // namespace seawall::cluster
