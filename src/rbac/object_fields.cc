#include "rbac/object_fields.h"

#include <span>

namespace seawall::rbac {
namespace {

constexpr Field kObject[] = {{"apiVersion", At::kApiVersion, 0},       {"kind", At::kKind, 1},
                             {"metadata", At::kMetadata, 2},           {"rules", At::kRules, 3},
                             {"aggregationRule", At::kAggregation, 4}, {"roleRef", At::kRoleRef, 5},
                             {"subjects", At::kSubjects, 6},           {"items", At::kItems, 7}};
constexpr Field kMetadata[] = {{"name", At::kName, 0},
                               {"namespace", At::kNamespace, 1},
                               {"labels", At::kLabels, 2},
                               {"annotations", At::kSkip, 3},
                               {"creationTimestamp", At::kCreated, 4},
                               {"managedFields", At::kSkip, 5},
                               {"resourceVersion", At::kSkip, 6},
                               {"uid", At::kSkip, 7},
                               {"ownerReferences", At::kSkip, 8},
                               {"finalizers", At::kSkip, 9},
                               {"generateName", At::kSkip, 10},
                               {"generation", At::kSkip, 11},
                               {"deletionTimestamp", At::kSkip, 12},
                               {"deletionGracePeriodSeconds", At::kSkip, 13},
                               {"selfLink", At::kSkip, 14},
                               // of a list
                               {"continue", At::kSkip, 15},
                               {"remainingItemCount", At::kSkip, 16}};
constexpr Field kRule[] = {{"verbs", At::kVerbs, 0},
                           {"apiGroups", At::kGroups, 1},
                           {"resources", At::kResources, 2},
                           {"resourceNames", At::kResourceNames, 3},
                           {"nonResourceURLs", At::kUrls, 4}};
constexpr Field kAggregation[] = {{"clusterRoleSelectors", At::kSelectors, 0}};
constexpr Field kSelector[] = {{"matchLabels", At::kMatchLabels, 0},
                               {"matchExpressions", At::kExpressions, 1}};
constexpr Field kExpression[] = {{"key", At::kExpressionKey, 0},
                                 {"operator", At::kExpressionOperator, 1},
                                 {"values", At::kExpressionValues, 2}};
constexpr Field kRoleRef[] = {
    {"apiGroup", At::kText, 0}, {"kind", At::kRoleRefKind, 1}, {"name", At::kRoleRefName, 2}};
constexpr Field kSubject[] = {{"kind", At::kSubjectKind, 0},
                              {"apiGroup", At::kText, 1},
                              {"name", At::kSubjectName, 2},
                              {"namespace", At::kSubjectNamespace, 3}};

std::span<const Field> FieldsOf(At mapping) {
  switch (mapping) {
    case At::kObject:
      return kObject;
    case At::kMetadata:
      return kMetadata;
    case At::kRule:
      return kRule;
    case At::kAggregation:
      return kAggregation;
    case At::kSelector:
      return kSelector;
    case At::kExpression:
      return kExpression;
    case At::kRoleRef:
      return kRoleRef;
    case At::kSubject:
      return kSubject;
    default:
      return {};
  }
}

}  // namespace

const char* ToString(Shape shape) {
  constexpr const char* kWords[] = {"string", "number", "bool", "object", "array", "anything"};
  return kWords[static_cast<size_t>(shape)];
}

Shape ShapeOf(At at) {
  switch (at) {
    case At::kSkip:
      return Shape::kAny;
    case At::kObject:
    case At::kMetadata:
    case At::kLabels:
    case At::kRule:
    case At::kAggregation:
    case At::kSelector:
    case At::kMatchLabels:
    case At::kExpression:
    case At::kRoleRef:
    case At::kSubject:
      return Shape::kMapping;
    case At::kRules:
    case At::kVerbs:
    case At::kGroups:
    case At::kResources:
    case At::kResourceNames:
    case At::kUrls:
    case At::kSelectors:
    case At::kExpressions:
    case At::kExpressionValues:
    case At::kSubjects:
    case At::kItems:
      return Shape::kList;
    default:
      return Shape::kText;
  }
}

At ItemOf(At at) {
  switch (at) {
    case At::kLabels:
      return At::kLabel;
    case At::kRules:
      return At::kRule;
    case At::kVerbs:
    case At::kGroups:
    case At::kResources:
    case At::kResourceNames:
    case At::kUrls:
      return At::kRuleItem;
    case At::kSelectors:
      return At::kSelector;
    case At::kMatchLabels:
      return At::kMatchLabel;
    case At::kExpressions:
      return At::kExpression;
    case At::kExpressionValues:
      return At::kExpressionValue;
    case At::kSubjects:
      return At::kSubject;
    case At::kItems:
      return At::kObject;
    default:
      return At::kSkip;
  }
}

bool HasFields(At mapping) { return !FieldsOf(mapping).empty(); }

const Field* FindField(At mapping, std::string_view name) {
  for (const Field& field : FieldsOf(mapping)) {
    if (name == field.name) return &field;
  }
  return nullptr;
}

}  // namespace seawall::rbac
