// The fields of RBAC objects: which there are and what stands in them. Private to this room.
// Source: staging/src/k8s.io/api/rbac/v1/types.go, apimachinery/pkg/apis/meta/v1/types.go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seawall::rbac {

/// What a value is, by where it stands.
enum class At : uint8_t {
  kSkip,  ///< not ours: whatever it holds
  kObject,
  kApiVersion,
  kKind,
  kMetadata,
  kName,
  kNamespace,
  kCreated,
  kLabels,
  kLabel,
  kRules,
  kRule,
  kVerbs,  ///< the five lists of a rule, in the order of Policy
  kGroups,
  kResources,
  kResourceNames,
  kUrls,
  kRuleItem,  ///< a text of one of them
  kAggregation,
  kSelectors,
  kSelector,
  kMatchLabels,
  kMatchLabel,
  kExpressions,
  kExpression,
  kExpressionKey,
  kExpressionOperator,
  kExpressionValues,
  kExpressionValue,
  kRoleRef,
  kRoleRefKind,
  kRoleRefName,
  kText,  ///< a text that nothing depends on
  kSubjects,
  kSubject,
  kSubjectKind,
  kSubjectName,
  kSubjectNamespace,
  kItems,
};
inline constexpr size_t kRuleLists = 5;

enum class Shape : uint8_t { kText, kNumber, kBool, kMapping, kList, kAny };
/// As the API server's errors call it: "string", "number", "bool", "object", "array".
const char* ToString(Shape shape);

Shape ShapeOf(At at);
/// What the items of a list, the values of a mapping without fixed keys are; kSkip where fields
/// decide.
At ItemOf(At at);

struct Field {
  const char* name = nullptr;
  At at = At::kSkip;
  uint8_t index = 0;  ///< among the fields of its mapping
};
/// nullptr: there is no such field.
const Field* FindField(At mapping, std::string_view name);
/// Whether a mapping's keys are fields.
bool HasFields(At mapping);

}  // namespace seawall::rbac
