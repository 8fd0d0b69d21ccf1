#include "rbac/match_condition.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "rbac/match_value.h"
#include "rbac/request_details.h"

namespace seawall::rbac {
namespace {

using Kind = Value::Kind;

constexpr int kMostDepth = 32;
constexpr int64_t kMostNumber = 1'000'000'000;
constexpr size_t kMostExtra = 1000;  ///< keys
constexpr int kMostSteps = 20'000;   ///< of one expression, repeated ones included

/// Reads an expression and evaluates it at once; both sides of && and || have no effects.
class Condition {
 public:
  Condition(std::string_view text, const Attributes& request) : text_(text), request_(request) {}

  Match Run() {
    const Value value = Expression();
    Space();
    if (broken_ || at_ != text_.size() || value.kind == Kind::kUnknown) return Match::kUnknown;
    if (value.kind == Kind::kError) return Match::kError;
    if (value.kind != Kind::kBool) return Match::kUnknown;
    return value.yes ? Match::kYes : Match::kNo;
  }

 private:
  void Space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool Take(std::string_view sign) {
    Space();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  void Want(std::string_view sign) {
    if (!Take(sign)) broken_ = true;
  }
  static bool IsWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  std::string_view Name() {
    Space();
    const size_t from = at_;
    while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
    const std::string_view name = text_.substr(from, at_ - from);
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) broken_ = true;
    return name;
  }

  Value Expression() {
    if (++depth_ > kMostDepth) broken_ = true;
    if (broken_) return {};
    Value value = Or();
    if (Take("?")) {
      const Value yes = Or();
      Want(":");
      value = Choose(value, yes, Expression());
    }
    --depth_;
    return value;
  }
  Value Or() {
    Value value = And();
    while (!broken_ && Take("||")) value = Both(value, And(), true);
    return value;
  }
  Value And() {
    Value value = Relation();
    while (!broken_ && Take("&&")) value = Both(value, Relation(), false);
    return value;
  }
  bool TakeIn() {
    Space();
    const bool in =
        text_.substr(at_).starts_with("in") && (at_ + 2 == text_.size() || !IsWord(text_[at_ + 2]));
    if (in) at_ += 2;
    return in;
  }
  Value Relation() {
    Value value = Unary();
    while (!broken_) {
      if (Take("==")) {
        value = Equal(value, Unary());
      } else if (Take("!=")) {
        value = Not(Equal(value, Unary()));
      } else if (Take("<=")) {
        value = Not(Less(Unary(), value));
      } else if (Take(">=")) {
        value = Not(Less(value, Unary()));
      } else if (Take("<")) {
        value = Less(value, Unary());
      } else if (Take(">")) {
        value = Less(Unary(), value);
      } else if (TakeIn()) {
        value = In(value, Unary());
      } else {
        break;
      }
    }
    return value;
  }
  Value Unary() {
    bool turned = false;
    while (Take("!")) turned = !turned;
    Value value = Member();
    return turned ? Not(std::move(value)) : value;
  }

  Value Member() {
    Value value = Primary();
    while (!broken_) {
      if (Take("[")) {
        const Value key = Expression();
        Want("]");
        value = At(value, key);
        continue;
      }
      if (!Take(".")) break;
      const std::string_view name = Name();
      if (!Take("(")) {
        value = Part(value, name);
      } else if (name == "exists" || name == "all") {
        value = Each(value, name == "exists");
      } else if (name == "size") {
        Want(")");
        value = Size(value);
      } else {
        const Value argument = Expression();
        Want(")");
        value = Method(value, name, argument);
      }
    }
    return value;
  }

  /// exists() and all(): the body is read again for each item.
  Value Each(const Value& list, bool any) {
    const std::string_view name = Name();
    Want(",");
    const size_t body = at_;
    const bool known = list.kind == Kind::kList || list.kind == Kind::kMap;
    Value all = known ? Value::Bool(!any) : Neither(list, list);
    const size_t rounds = known ? std::max<size_t>(1, list.list.size()) : 1;
    for (size_t i = 0; i < rounds && !broken_; ++i) {
      at_ = body;
      Value item = known && i < list.list.size() ? list.list[i] : Value();
      if (list.kind == Kind::kMap && i < list.list.size()) item = Value::Text(item.text);
      names_.emplace_back(name, std::move(item));
      const Value one = Expression();
      names_.pop_back();
      if (known && i < list.list.size()) all = Both(all, one, any);
    }
    Want(")");
    return all;
  }

  Value Primary() {
    if (++steps_ > kMostSteps) broken_ = true;
    Space();
    if (broken_) return {};
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '\'' || c == '"') return Quoted(c);
    if (Take("(")) {
      Value value = Expression();
      Want(")");
      return value;
    }
    if (Take("[")) return List();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return Number();
    const std::string_view name = Name();
    if (name == "true" || name == "false") return Value::Bool(name == "true");
    if (name == "has" && Take("(")) return Has();
    if (name == "size" && Take("(")) {
      const Value value = Size(Expression());
      Want(")");
      return value;
    }
    return Named(name);
  }

  /// A variable of exists() and all(), or the request.
  Value Named(std::string_view name) {
    for (auto at = names_.rbegin(); at != names_.rend(); ++at) {
      if (at->first == name) return at->second;
    }
    if (name == "request") return Value::Of(Kind::kRequest);
    broken_ = true;
    return {};
  }

  /// Plain decimal ones only.
  Value Number() {
    int64_t number = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_) {
      number = number * 10 + (text_[at_] - '0');
      if (number > kMostNumber) broken_ = true;
      if (broken_) return {};
    }
    if (at_ < text_.size() && (IsWord(text_[at_]) || text_[at_] == '.')) broken_ = true;
    return Value::Number(number);
  }

  Value Quoted(char quote) {
    std::string text;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      // What a backslash begins is more than this reads; a line's end ends nothing.
      if (text_[at_] == '\\' || text_[at_] == '\n' || text_[at_] == '\r') break;
      text += text_[at_];
    }
    if (at_ == text_.size() || text_[at_] != quote) broken_ = true;
    if (!broken_) ++at_;
    // Three quotes begin a text that goes over lines.
    if (text.empty() && at_ < text_.size() && text_[at_] == quote) broken_ = true;
    return Value::Text(text);
  }

  Value List() {
    Value list = Value::Of(Kind::kList);
    while (!broken_ && !Take("]")) {
      list.list.push_back(Expression());
      if (Take(",")) continue;
      Want("]");
      break;
    }
    // One that fails is the failure of all.
    Value failed;
    for (const Value& one : list.list) {
      if (one.kind == Kind::kUnknown) return {};
      if (one.kind == Kind::kError) failed = one;
    }
    return failed.kind == Kind::kError ? failed : list;
  }

  /// NAME.PART, NAME.PART.PART and so on: whether the last part is there.
  Value Has() {
    Value object = Named(Name());
    while (!broken_) {
      Want(".");
      const std::string_view part = Name();
      if (Take(")")) return IsThere(object, part);
      object = Part(object, part);
    }
    return {};
  }

  /// What is there of a request stands in it even where it is "".
  Value IsThere(const Value& object, std::string_view part) {
    if (object.kind == Kind::kError) return object;
    if (object.kind == Kind::kMap) return In(Value::Text(part), object);
    const bool resource = request_.resource_request;
    if (object.kind == Kind::kRequest) {
      if (part == "resourceAttributes") return Value::Bool(resource);
      if (part == "nonResourceAttributes") return Value::Bool(!resource);
      if (part == "uid" || part == "extra") return Value::Bool(true);
    }
    if (object.kind == Kind::kResource && part == "version") return Value::Bool(true);
    if (object.kind == Kind::kSelector && part == "rawSelector") return Value::Bool(false);
    const bool selector = part == "fieldSelector" || part == "labelSelector";
    const Value value = Part(object, part);
    if (object.kind == Kind::kResource && selector && value.kind == Kind::kError)
      return Value::Bool(false);
    return value.kind == Kind::kUnknown ? Value() : Value::Bool(true);
  }

  Value Part(const Value& object, std::string_view name) {
    const bool resource = request_.resource_request;
    switch (object.kind) {
      case Kind::kError:
        return object;
      case Kind::kRequest:
        if (name == "user") return Value::Text(request_.user);
        if (name == "groups") return Counted(Texts(request_.groups));
        if (name == "resourceAttributes")
          return Value::Of(resource ? Kind::kResource : Kind::kError);
        if (name == "nonResourceAttributes") return Value::Of(resource ? Kind::kError : Kind::kUrl);
        if (name == "uid" && request_.details) return Value::Text(request_.details->uid);
        return name == "extra" ? Extra() : Value();
      case Kind::kUrl:
        if (name == "path") return Value::Text(request_.path);
        return name == "verb" ? Value::Text(request_.verb) : Value();
      case Kind::kResource:
        return OfResource(name);
      case Kind::kMap:
        return At(object, Value::Text(name));
      case Kind::kSelector:
        if (name == "rawSelector") return Value::Of(Kind::kError);
        if (name == "requirements") return Counted({Kind::kList, false, {}, object.list});
        return {};
      case Kind::kTerm:
        if (name == "key") return object.list[0];
        if (name == "operator") return object.list[1];
        return name == "values" ? object.list[2] : Value();
      default:
        return {};
    }
  }

  Value OfResource(std::string_view name) {
    for (const auto& [known, text] : {std::pair{"namespace", request_.space},
                                      {"verb", request_.verb},
                                      {"group", request_.group},
                                      {"resource", request_.resource},
                                      {"subresource", request_.subresource},
                                      {"name", request_.name}}) {
      if (name == known) return Value::Text(text);
    }
    const RequestDetails* details = request_.details;
    // Of every version, as the API server takes a review that names none.
    if (name == "version" && details)
      return Value::Text(details->version.empty() ? "*" : details->version);
    if (name == "fieldSelector") {
      if (!details) return request_.field_selector ? Value() : Value::Of(Kind::kError);
      return details->fields ? Selector(TermsOfFields(*details->fields)) : Value::Of(Kind::kError);
    }
    if (name != "labelSelector" || !details) return {};
    if (!details->labels) return Value::Of(Kind::kError);
    const auto terms = TermsOfLabels(*details->labels);
    return terms ? Selector(*terms) : Value();
  }

  Value Selector(const std::vector<SelectorTerm>& terms) {
    if (terms.empty()) return Value::Of(Kind::kError);
    Value selector = Value::Of(Kind::kSelector);
    for (const SelectorTerm& term : terms) {
      Value one = Value::Of(Kind::kTerm);
      one.list = {Value::Text(term.key), Value::Text(term.op), Counted(Texts(term.values))};
      selector.list.push_back(std::move(one));
    }
    return Counted(std::move(selector));
  }

  Value Extra() {
    if (!request_.details || request_.details->extra.size() > kMostExtra) return {};
    Value map = Value::Of(Kind::kMap);
    for (const auto& [key, values] : request_.details->extra) {
      Value one = Counted(Texts(values));
      one.text = key;
      // Of a key that comes twice the last one counts.
      std::erase_if(map.list, [&](const Value& known) { return known.text == key; });
      map.list.push_back(std::move(one));
    }
    return Counted(std::move(map));
  }

  /// Copies cost what they hold.
  Value Counted(Value value) {
    steps_ += static_cast<int>(std::min<size_t>(value.list.size(), kMostSteps));
    return value;
  }

  const std::string_view text_;
  const Attributes& request_;
  size_t at_ = 0;
  int depth_ = 0, steps_ = 0;
  bool broken_ = false;
  std::vector<std::pair<std::string_view, Value>> names_;
};

}  // namespace

Match MatchCondition(const std::string& expression, const Attributes& request) {
  return Condition(expression, request).Run();
}

Match MatchConditions(const std::vector<std::string>& expressions, const Attributes& request) {
  Match all = Match::kYes;
  for (const std::string& expression : expressions) {
    const Match one = MatchCondition(expression, request);
    if (one == Match::kNo) return one;
    if (one == Match::kUnknown || (one == Match::kError && all == Match::kYes)) all = one;
  }
  return all;
}

}  // namespace seawall::rbac
