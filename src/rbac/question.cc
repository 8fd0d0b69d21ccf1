#include "rbac/question.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

namespace seawall::rbac {
namespace {

constexpr size_t kDepth = 64;

/// Where an event stands; what is deeper than that is left out.
enum class At : uint8_t {
  kOutside,
  kSpec,
  kResource,
  kNonResource,
  kGroups,
  kExtra,
  kExtraValues,
  kSelector,
  kTerms,
  kTerm,
  kTermValues
};

/// What an object or array stands in.
At Above(At at) {
  switch (at) {
    case At::kExtraValues:
      return At::kExtra;
    case At::kSelector:
      return At::kResource;
    case At::kTerms:
      return At::kSelector;
    case At::kTerm:
      return At::kTerms;
    case At::kTermValues:
      return At::kTerm;
    case At::kOutside:
    case At::kSpec:
      return At::kOutside;
    default:
      return At::kSpec;
  }
}

class Handler {
  using Texts = std::vector<std::string_view>;

 public:
  explicit Handler(Question& question) : q_(question) {}

  /// As if it were left out; of a list, "".
  bool Null() {
    if (skip_ > 0 || at_ == At::kSpec) return true;
    if (at_ == At::kExtra) return q_.details.extra.emplace_back(key_, Texts()), true;
    return !Items() && !Target() && at_ != At::kOutside && at_ != At::kTerms ? true : Value("");
  }
  bool Bool(bool) { return Wrong("a bool"); }
  bool Int(int) { return Wrong("a number"); }
  bool Uint(unsigned) { return Wrong("a number"); }
  bool Int64(int64_t) { return Wrong("a number"); }
  bool Uint64(uint64_t) { return Wrong("a number"); }
  bool Double(double) { return Wrong("a number"); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return Wrong("a number"); }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return skip_ > 0 || Value({text, length});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (skip_ == 0) key_ = {text, length};
    return true;
  }
  bool StartObject() {
    if (skip_ > 0) return Deeper();
    if (at_ == At::kOutside) return at_ = At::kSpec, true;
    if (at_ == At::kSpec && key_ == "resourceAttributes") {
      has_resource = true;
      return at_ = At::kResource, true;
    }
    if (at_ == At::kSpec && key_ == "nonResourceAttributes") {
      has_path = true;
      return at_ = At::kNonResource, true;
    }
    if (at_ == At::kSpec && key_ == "extra") return at_ = At::kExtra, true;
    if (at_ == At::kResource && IsSelector()) return BeginSelector();
    if (at_ == At::kTerms) {
      selector_->terms.emplace_back();
      return at_ = At::kTerm, true;
    }
    return Known() ? Wrong("an object") : Deeper();
  }
  bool EndObject(rapidjson::SizeType) {
    if (skip_ > 0) return --skip_, true;
    at_ = Above(at_);
    return true;
  }
  bool StartArray() {
    if (skip_ > 0) return Deeper();
    if (at_ == At::kSpec && key_ == "groups") {
      q_.groups.clear();
      return at_ = At::kGroups, true;
    }
    if (at_ == At::kExtra) {
      q_.details.extra.emplace_back(key_, Texts());
      return at_ = At::kExtraValues, true;
    }
    if (at_ == At::kSelector && key_ == "requirements") {
      selector_->terms.clear();
      return at_ = At::kTerms, true;
    }
    if (at_ == At::kTerm && key_ == "values") {
      selector_->terms.back().values.clear();
      return at_ = At::kTermValues, true;
    }
    if (at_ == At::kOutside) return Wrong("an array");
    return Known() ? Wrong("an array") : Deeper();
  }
  bool EndArray(rapidjson::SizeType) {
    if (skip_ > 0) return --skip_, true;
    at_ = Above(at_);
    return true;
  }

  bool has_resource = false, has_path = false;
  std::string why;

 private:
  bool Deeper() {
    if (++skip_ < kDepth) return true;
    why = fmt::format("nested deeper than {}", kDepth);
    return false;
  }
  bool IsSelector() const { return key_ == "fieldSelector" || key_ == "labelSelector"; }
  bool BeginSelector() {
    const bool fields = key_ == "fieldSelector";
    q_.field_selector |= fields;
    auto& selector = fields ? q_.details.fields : q_.details.labels;
    selector_ = &selector.emplace();
    return at_ = At::kSelector, true;
  }
  /// The list that a text is an item of; nullptr: of none.
  std::vector<std::string_view>* Items() {
    return at_ == At::kGroups        ? &q_.groups
           : at_ == At::kExtraValues ? &q_.details.extra.back().second
           : at_ == At::kTermValues  ? &selector_->terms.back().values
                                     : nullptr;
  }
  /// Where the text of key_ goes; nullptr: nowhere.
  std::string_view* Target() {
    if (at_ == At::kSpec)
      return key_ == "user" ? &q_.user : key_ == "uid" ? &q_.details.uid : nullptr;
    if (at_ == At::kSelector) return key_ == "rawSelector" ? &selector_->raw : nullptr;
    if (at_ == At::kTerm) {
      WrittenTerm& term = selector_->terms.back();
      return key_ == "key" ? &term.key : key_ == "operator" ? &term.op : nullptr;
    }
    if (at_ == At::kNonResource) {
      return key_ == "path" ? &q_.path : key_ == "verb" ? &q_.verb : nullptr;
    }
    if (at_ != At::kResource) return nullptr;
    return key_ == "namespace"     ? &q_.space
           : key_ == "verb"        ? &q_.verb
           : key_ == "group"       ? &q_.group
           : key_ == "resource"    ? &q_.resource
           : key_ == "subresource" ? &q_.subresource
           : key_ == "name"        ? &q_.name
           : key_ == "version"     ? &q_.details.version
                                   : nullptr;
  }
  bool Known() {
    if (at_ == At::kSpec) {
      return key_ == "user" || key_ == "uid" || key_ == "groups" || key_ == "extra" ||
             key_ == "resourceAttributes" || key_ == "nonResourceAttributes";
    }
    return Items() || Target() || at_ == At::kExtra || at_ == At::kTerms ||
           (at_ == At::kResource && IsSelector()) ||
           (at_ == At::kSelector && key_ == "requirements") ||
           (at_ == At::kTerm && key_ == "values");
  }
  bool Value(std::string_view text) {
    if (auto* items = Items()) return items->push_back(text), true;
    if (at_ == At::kOutside) return Wrong("a string");
    if (std::string_view* target = Target()) {
      *target = text;
      return true;
    }
    return Known() ? Wrong("a string") : true;
  }
  bool Wrong(const char* what) {
    if (skip_ > 0) return true;
    if (at_ == At::kOutside) {
      why = fmt::format("{}, where the spec of a SubjectAccessReview is an object", what);
      return false;
    }
    if (!Known()) return true;
    const bool item = Items() || at_ == At::kTerms;
    why =
        fmt::format("{} is {}", item ? "an item of " + std::string(key_) : std::string(key_), what);
    return false;
  }

  Question& q_;
  At at_ = At::kOutside;
  WrittenSelector* selector_ = nullptr;
  std::string_view key_;
  size_t skip_ = 0;
};

}  // namespace

bool QuestionReader::Read(char* line, size_t length, Question& question) {
  question.groups.clear();
  question.user = question.verb = question.space = question.group = question.resource =
      question.subresource = question.name = question.path = {};
  question.field_selector = false;
  question.details.Clear();
  line[length] = '\0';
  if (std::string_view(line, length).starts_with("\xEF\xBB\xBF")) {  // an editor's mark
    line += 3;
    length -= 3;
  }
  Handler handler(question);
  rapidjson::Reader reader;
  rapidjson::InsituStringStream stream(line);
  constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (result.IsError()) {
    error_ = !handler.why.empty()
                 ? handler.why
                 : fmt::format("not JSON: {} (byte {})", rapidjson::GetParseError_En(result.Code()),
                               result.Offset());
    return false;
  }
  if (stream.Tell() < length) {  // a NUL byte
    error_ = "not JSON: a NUL byte";
    return false;
  }
  // pkg/apis/authorization/validation/validation.go
  if (handler.has_resource == handler.has_path) {
    error_ = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    return false;
  }
  if (question.user.empty() && question.groups.empty()) {
    error_ = "at least one of user or groups must be specified";
    return false;
  }
  for (const auto& [name, selector] : {std::pair{"fieldSelector", &question.details.fields},
                                       {"labelSelector", &question.details.labels}}) {
    if (!*selector || (*selector)->raw.empty() != (*selector)->terms.empty()) continue;
    error_ =
        (*selector)->raw.empty()
            ? fmt::format("when {} is specified, requirements or rawSelector is required", name)
            : fmt::format("{} may not have rawSelector and requirements at the same time", name);
    return false;
  }
  question.resource_request = handler.has_resource;
  return true;
}

}  // namespace seawall::rbac
