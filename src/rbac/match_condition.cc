#include "rbac/match_condition.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace seawall::rbac {
namespace {

constexpr int kMostDepth = 32;
constexpr int kMostSteps = 20'000;  ///< of one expression, repeated ones included

struct Value {
  enum class Kind : uint8_t { kUnknown, kError, kBool, kText, kList, kRequest, kResource, kUrl };
  Kind kind = Kind::kUnknown;
  bool yes = false;
  std::string text;
  std::vector<Value> list;

  static Value Bool(bool yes) { return {Kind::kBool, yes, {}, {}}; }
  static Value Text(std::string_view text) { return {Kind::kText, false, std::string(text), {}}; }
  static Value Of(Kind kind) { return {kind, false, {}, {}}; }
};
using Kind = Value::Kind;

/// What comes of two values where neither says anything by itself.
Value Neither(const Value& a, const Value& b) {
  const auto fails = [](const Value& v) { return v.kind == Kind::kError; };
  const auto told = [](const Value& v) {
    return v.kind != Kind::kUnknown && v.kind != Kind::kError;
  };
  // A right type beside an error; wrong types do not compile, and are unknown here.
  return (fails(a) && (fails(b) || told(b))) || (told(a) && fails(b)) ? Value::Of(Kind::kError)
                                                                      : Value();
}

Value Equal(const Value& a, const Value& b) {
  if (a.kind == Kind::kText && b.kind == Kind::kText) return Value::Bool(a.text == b.text);
  if (a.kind == Kind::kBool && b.kind == Kind::kBool) return Value::Bool(a.yes == b.yes);
  return Neither(a, b);
}

Value Not(Value value) {
  if (value.kind == Kind::kBool) return Value::Bool(!value.yes);
  return value.kind == Kind::kError ? value : Value();
}

/// && where `decides` is false, || where it is true: the one that decides does so beside an error.
Value Both(const Value& a, const Value& b, bool decides) {
  const auto is = [&](const Value& v) { return v.kind == Kind::kBool && v.yes == decides; };
  if (is(a) || is(b)) return Value::Bool(decides);
  if (a.kind == Kind::kBool && b.kind == Kind::kBool) return Value::Bool(!decides);
  return Neither(a, b);
}

Value In(const Value& item, const Value& list) {
  if (list.kind != Kind::kList) return Neither(item, list);
  if (item.kind != Kind::kText) return Neither(item, list);
  for (const Value& one : list.list) {
    if (one.kind != Kind::kText) return Neither(item, one);
  }
  return Value::Bool(
      std::ranges::any_of(list.list, [&](const Value& one) { return one.text == item.text; }));
}

Value Method(const Value& object, std::string_view name, const Value& argument) {
  if (object.kind != Kind::kText || argument.kind != Kind::kText) return Neither(object, argument);
  if (name == "startsWith") return Value::Bool(object.text.starts_with(argument.text));
  if (name == "endsWith") return Value::Bool(object.text.ends_with(argument.text));
  if (name == "contains") return Value::Bool(object.text.find(argument.text) != std::string::npos);
  return {};
}

/// Reads an expression and evaluates it at once; both sides of && and || have no effects.
class Condition {
 public:
  Condition(std::string_view text, const Attributes& request) : text_(text), request_(request) {}

  Match Run() {
    const Value value = Or();
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

  Value Or() {
    if (++depth_ > kMostDepth) broken_ = true;
    if (broken_) return {};
    Value value = And();
    while (!broken_ && Take("||")) value = Both(value, And(), true);
    --depth_;
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
    while (!broken_ && Take(".")) {
      const std::string_view name = Name();
      if (!Take("(")) {
        value = Part(value, name);
      } else if (name == "exists" || name == "all") {
        value = Each(value, name == "exists");
      } else {
        const Value argument = Or();
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
    const bool known = list.kind == Kind::kList;
    Value all = known ? Value::Bool(!any) : Neither(list, list);
    const size_t rounds = known ? std::max<size_t>(1, list.list.size()) : 1;
    for (size_t i = 0; i < rounds && !broken_; ++i) {
      at_ = body;
      names_.emplace_back(name, known && i < list.list.size() ? list.list[i] : Value());
      const Value one = Or();
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
      Value value = Or();
      Want(")");
      return value;
    }
    if (Take("[")) return List();
    const std::string_view name = Name();
    if (name == "true" || name == "false") return Value::Bool(name == "true");
    if (name == "has" && Take("(")) return Has();
    for (auto at = names_.rbegin(); at != names_.rend(); ++at) {
      if (at->first == name) return at->second;
    }
    if (name == "request") return Value::Of(Kind::kRequest);
    broken_ = true;
    return {};
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
      list.list.push_back(Or());
      if (Take(",")) continue;
      Want("]");
      break;
    }
    return list;
  }

  /// request.PART or request.PART.PART: what is there of a request stands in it even where it is
  /// "".
  Value Has() {
    if (Name() != "request") broken_ = true;
    Want(".");
    const std::string_view part = Name();
    if (Take(")")) {
      if (part == "resourceAttributes") return Value::Bool(request_.resource_request);
      if (part == "nonResourceAttributes") return Value::Bool(!request_.resource_request);
      return Part(Value::Of(Kind::kRequest), part).kind == Kind::kUnknown ? Value()
                                                                          : Value::Bool(true);
    }
    const Value object = Part(Value::Of(Kind::kRequest), part);
    Want(".");
    const std::string_view inner = Name();
    Want(")");
    if (object.kind == Kind::kError) return object;
    if (object.kind == Kind::kResource && inner == "fieldSelector" && !request_.field_selector)
      return Value::Bool(false);
    return Part(object, inner).kind == Kind::kText ? Value::Bool(true) : Value();
  }

  Value Part(const Value& object, std::string_view name) {
    const bool resource = request_.resource_request;
    if (object.kind == Kind::kError) return object;
    if (object.kind == Kind::kRequest) {
      if (name == "user") return Value::Text(request_.user);
      if (name == "groups") {
        Value list = Value::Of(Kind::kList);
        steps_ += static_cast<int>(std::min<size_t>(request_.groups.size(), kMostSteps));
        for (const std::string_view group : request_.groups)
          list.list.push_back(Value::Text(group));
        return list;
      }
      if (name == "resourceAttributes") return Value::Of(resource ? Kind::kResource : Kind::kError);
      if (name == "nonResourceAttributes") return Value::Of(resource ? Kind::kError : Kind::kUrl);
    }
    if (object.kind == Kind::kUrl && name == "path") return Value::Text(request_.path);
    if (object.kind == Kind::kUrl && name == "verb") return Value::Text(request_.verb);
    if (object.kind != Kind::kResource) return {};
    for (const auto& [known, text] : {std::pair{"namespace", request_.space},
                                      {"verb", request_.verb},
                                      {"group", request_.group},
                                      {"resource", request_.resource},
                                      {"subresource", request_.subresource},
                                      {"name", request_.name}}) {
      if (name == known) return Value::Text(text);
    }
    return {};
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
