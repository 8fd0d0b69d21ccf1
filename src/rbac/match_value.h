// Values of match conditions, and what CEL's operators make of them. Private to this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::rbac {

/// A failure is a value as well; so is what is not known, which wrong types are, for they do not
/// compile.
struct Value {
  enum class Kind : uint8_t {
    kUnknown,
    kError,
    kBool,
    kNumber,
    kText,
    kList,
    kMap,  ///< of texts, each with its list
    kRequest,
    kResource,
    kUrl,
    kSelector,  ///< its requirements
    kTerm,      ///< key, operator and values of a requirement
  };
  Kind kind = Kind::kUnknown;
  bool yes = false;
  std::string text;
  std::vector<Value> list;
  int64_t number = 0;

  static Value Bool(bool yes) { return {Kind::kBool, yes, {}, {}, 0}; }
  static Value Text(std::string_view text) {
    return {Kind::kText, false, std::string(text), {}, 0};
  }
  static Value Number(int64_t number) { return {Kind::kNumber, false, {}, {}, number}; }
  static Value Of(Kind kind) { return {kind, false, {}, {}, 0}; }
};

Value Texts(const auto& texts) {
  Value list = Value::Of(Value::Kind::kList);
  for (const std::string_view text : texts) list.list.push_back(Value::Text(text));
  return list;
}

Value Equal(const Value& a, const Value& b);
Value Less(const Value& a, const Value& b);
Value Not(const Value& value);
/// && where `decides` is false, || where it is true: the one that decides does so beside an error.
Value Both(const Value& a, const Value& b, bool decides);
/// a ? b : c
Value Choose(const Value& condition, const Value& yes, const Value& no);
Value In(const Value& item, const Value& list);
/// The value at a key of a map or a place of a list, which is an error where there is none.
Value At(const Value& map, const Value& key);
Value Size(const Value& of);
/// startsWith, endsWith and contains.
Value Method(const Value& object, std::string_view name, const Value& argument);
/// What comes of two values where neither says anything by itself.
Value Neither(const Value& a, const Value& b);

}  // namespace seawall::rbac
