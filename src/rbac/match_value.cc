#include "rbac/match_value.h"

#include <algorithm>
#include <utility>

namespace seawall::rbac {

using Kind = Value::Kind;

namespace {

bool IsTold(const Value& value) {
  return value.kind != Kind::kUnknown && value.kind != Kind::kError;
}

bool IsTexts(const Value& value) {
  return value.kind == Kind::kList &&
         std::ranges::all_of(value.list, [](const Value& one) { return one.kind == Kind::kText; });
}

}  // namespace

Value Neither(const Value& a, const Value& b) {
  const auto fails = [](const Value& v) { return v.kind == Kind::kError; };
  // A right type beside an error; wrong types do not compile, and are unknown here.
  return (fails(a) && (fails(b) || IsTold(b))) || (IsTold(a) && fails(b)) ? Value::Of(Kind::kError)
                                                                          : Value();
}

Value Equal(const Value& a, const Value& b) {
  if (a.kind == Kind::kText && b.kind == Kind::kText) return Value::Bool(a.text == b.text);
  if (a.kind == Kind::kBool && b.kind == Kind::kBool) return Value::Bool(a.yes == b.yes);
  if (a.kind == Kind::kNumber && b.kind == Kind::kNumber) return Value::Bool(a.number == b.number);
  if (IsTexts(a) && IsTexts(b))
    return Value::Bool(std::ranges::equal(a.list, b.list, {}, &Value::text, &Value::text));
  return Neither(a, b);
}

Value Less(const Value& a, const Value& b) {
  if (a.kind == Kind::kText && b.kind == Kind::kText) return Value::Bool(a.text < b.text);
  if (a.kind == Kind::kNumber && b.kind == Kind::kNumber) return Value::Bool(a.number < b.number);
  return Neither(a, b);
}

Value Size(const Value& of) {
  if (of.kind == Kind::kText) {  // in characters
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return Value::Number(std::ranges::count_if(of.text, begins));
  }
  if (of.kind == Kind::kList || of.kind == Kind::kMap)
    return Value::Number(static_cast<int64_t>(of.list.size()));
  return of.kind == Kind::kError ? of : Value();
}

Value Choose(const Value& condition, const Value& yes, const Value& no) {
  if (yes.kind == Kind::kUnknown || no.kind == Kind::kUnknown) return {};
  if (IsTold(yes) && IsTold(no) && yes.kind != no.kind) return {};
  if (condition.kind == Kind::kBool) return condition.yes ? yes : no;
  return condition.kind == Kind::kError ? condition : Value();
}

Value At(const Value& map, const Value& key) {
  if (map.kind == Kind::kList && key.kind == Kind::kNumber) {
    const auto place = static_cast<size_t>(key.number);
    return place < map.list.size() ? map.list[place] : Value::Of(Kind::kError);
  }
  if (map.kind != Kind::kMap || key.kind != Kind::kText) return Neither(map, key);
  for (const Value& one : map.list) {
    if (one.text != key.text) continue;
    Value list = one;
    list.kind = Kind::kList;
    return list;
  }
  return Value::Of(Kind::kError);
}

Value Not(const Value& value) {
  if (value.kind == Kind::kBool) return Value::Bool(!value.yes);
  return value.kind == Kind::kError ? value : Value();
}

Value Both(const Value& a, const Value& b, bool decides) {
  const auto is = [&](const Value& v) { return v.kind == Kind::kBool && v.yes == decides; };
  if (is(a) || is(b)) return Value::Bool(decides);
  if (a.kind == Kind::kBool && b.kind == Kind::kBool) return Value::Bool(!decides);
  return Neither(a, b);
}

Value In(const Value& item, const Value& list) {
  if (list.kind != Kind::kList && list.kind != Kind::kMap) return Neither(item, list);
  if (item.kind != Kind::kText) return Neither(item, list);
  for (const Value& one : list.list) {
    if (list.kind == Kind::kList && one.kind != Kind::kText) return Neither(item, one);
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

}  // namespace seawall::rbac
