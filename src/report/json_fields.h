// Takes a JSON object apart, strictly: what is missing, of another type or not known is an error
// that names the field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/json_value.h"

namespace seawall::report {

/// What is wrong, if anything; the first complaint stays.
class Complaint {
 public:
  void Say(std::string text) {
    if (text_.empty()) text_ = std::move(text);
  }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// One object. Every member that is asked for is taken; the destructor complains of the others
/// unless `lenient` (a newer minor version may have added fields).
class Fields {
 public:
  Fields(const JsonValue& value, std::string path, bool lenient, Complaint& complaint);
  ~Fields();
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  /// Text fit for a report: what was written into the file by hand passes Redact as well.
  std::string Text(const char* key);
  /// The same, but `own` is left as it is: words of our own table may look like a secret
  /// ("--auth-token=jwt").
  std::string TextOr(const char* key, const char* own);
  std::optional<std::string> MaybeText(const char* key);
  bool Bool(const char* key);
  /// Between 0 and `most`.
  uint64_t Number(const char* key, uint64_t most = 1ull << 53);
  std::vector<std::string> Texts(const char* key);
  const JsonValue* Object(const char* key, bool required = true);
  const std::vector<JsonValue>& Array(const char* key, bool required = true);
  /// May be null, which counts as missing here.
  const JsonValue* ObjectOrNull(const char* key);
  /// One of `words` by its index; 0 and a complaint when it is none.
  size_t Word(const char* key, const std::vector<std::string_view>& words);

  std::string Path(const char* key) const { return path_.empty() ? key : path_ + "." + key; }
  bool lenient() const { return lenient_; }
  Complaint& complaint() { return complaint_; }

 private:
  const JsonValue* Get(const char* key, JsonValue::Type type, const char* what, bool required);
  const JsonValue& value_;
  std::string path_;
  bool lenient_;
  Complaint& complaint_;
  std::vector<std::string_view> asked_;
};

}  // namespace seawall::report
