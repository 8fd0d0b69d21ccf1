#include "rbac/object_builder.h"

#include <fmt/format.h>

#include "base/text.h"

namespace seawall::rbac {
namespace {

/// By Type: how an object of an API server is called.
constexpr const char* kLiveNames[] = {"", "role", "clusterrole", "rolebinding",
                                      "clusterrolebinding"};

constexpr std::string_view kApiGroup = "rbac.authorization.k8s.io/";

size_t ListIndex(At at) { return static_cast<size_t>(at) - static_cast<size_t>(At::kVerbs); }

SubjectKind KindOf(std::string_view kind) {
  return kind == "User"             ? SubjectKind::kUser
         : kind == "Group"          ? SubjectKind::kGroup
         : kind == "ServiceAccount" ? SubjectKind::kServiceAccount
                                    : SubjectKind::kOther;
}

Requirement::Operator OperatorOf(std::string_view word) {
  return word == "In"             ? Requirement::Operator::kIn
         : word == "NotIn"        ? Requirement::Operator::kNotIn
         : word == "Exists"       ? Requirement::Operator::kExists
         : word == "DoesNotExist" ? Requirement::Operator::kDoesNotExist
                                  : Requirement::Operator::kInvalid;
}

}  // namespace

void ObjectBuilder::Object::Begin(uint32_t at_line) {
  line = at_line;
  for (std::string* text :
       {&api_version, &kind, &name, &space, &created, &role_kind, &role_name, &refused})
    text->clear();
  labels.clear();
  rules_used = 0;
  aggregation = has_role_ref = has_rules = false;
  selectors.clear();
  subjects.clear();
  remarks.clear();
}

bool ObjectBuilder::BeginDocument(uint32_t) {
  frames_.clear();
  depth_ = 0;
  return true;
}

bool ObjectBuilder::EndDocument() { return true; }

void ObjectBuilder::Restart() {
  frames_.clear();
  depth_ = 0;
}

bool ObjectBuilder::Fail(uint32_t line, std::string why) {
  error_ = Error{ErrorCode::kMalformed, "read RBAC objects", policy_.Where(Spot{file_, line}),
                 std::move(why), "correct the manifest: the API server refuses it as well"};
  return false;
}

At ObjectBuilder::NextAt() const { return frames_.empty() ? At::kObject : frames_.back().next; }

std::string ObjectBuilder::PathOf(std::string_view key) const {
  std::string path;
  for (const Frame& frame : frames_) {
    if (frame.field[0] == '\0') continue;
    path += path.empty() ? frame.field : fmt::format(".{}", frame.field);
  }
  if (!key.empty()) path += (path.empty() ? "" : ".") + PrintableShort(std::string(key), 80);
  return path;
}

void ObjectBuilder::Remember(Remark::Kind kind, uint32_t line, std::string_view key) {
  if (object().remarks.size() < Policy::kMostRemarks)
    object().remarks.push_back({kind, {file_, line}, PathOf(key)});
}

bool ObjectBuilder::Key(std::string_view key, uint32_t line) {
  Frame& frame = frames_.back();
  if (frame.at == At::kSkip) return true;
  if (!HasFields(frame.at)) {  // labels
    frame.next = ItemOf(frame.at);
    frame.label = policy_.names.Add(key);
    return true;
  }
  const Field* field = FindField(frame.at, key);
  frame.next = field ? field->at : At::kSkip;
  frame.next_field = field ? field->name : "";
  if (!field) {
    Remember(Remark::Kind::kUnknownField, line, key);
  } else if ((frame.seen >> field->index & 1) != 0) {
    Remember(Remark::Kind::kDuplicateField, line, key);
  } else {
    frame.seen |= uint64_t{1} << field->index;
  }
  return true;
}

void ObjectBuilder::Refuse(At at, Shape got, uint32_t line) {
  if (depth_ == 0 || !object().refused.empty()) return;
  const char* field = frames_.empty() ? "" : frames_.back().next_field;
  object().refused = fmt::format("{} is {}, where the API has {}", PathOf(field),
                                 got == Shape::kMapping || got == Shape::kList
                                     ? fmt::format("an {}", ToString(got))
                                     : fmt::format("a {}", ToString(got)),
                                 ToString(ShapeOf(at)));
  object().refused_line = line;
}

bool ObjectBuilder::Scalar(const yaml::ScalarEvent& scalar) {
  const At at = NextAt();
  if (at == At::kSkip) return true;
  if (frames_.empty()) {
    return scalar.type == yaml::ScalarType::kNull ||
           Fail(scalar.line, "a document that is no object");
  }
  const bool text = ShapeOf(at) == Shape::kText;
  switch (scalar.type) {
    case yaml::ScalarType::kNull:  // the zero value; of a list's item too
      if (frames_.back().at != At::kItems && ItemOf(frames_.back().at) == at) {
        text ? TakeText(at, "") : Begin(at, scalar.line);
      }
      return true;
    case yaml::ScalarType::kString:
      text ? TakeText(at, scalar.text) : Refuse(at, Shape::kText, scalar.line);
      break;
    case yaml::ScalarType::kBool:
      Refuse(at, Shape::kBool, scalar.line);
      break;
    default:
      Refuse(at, Shape::kNumber, scalar.line);
      break;
  }
  return frames_.back().at != At::kItems || Fail(scalar.line, "an item of a list is no object");
}

void ObjectBuilder::TakeText(At at, std::string_view text) {
  Object& o = object();
  switch (at) {
    case At::kApiVersion:
      o.api_version = text;
      break;
    case At::kKind:
      o.kind = text;
      break;
    case At::kName:
      o.name = text;
      break;
    case At::kNamespace:
      o.space = text;
      break;
    case At::kCreated:
      o.created = text;
      break;
    case At::kLabel:
      o.labels.emplace_back(frames_.back().label, policy_.names.Add(text));
      break;
    case At::kRuleItem:
      o.rules[o.rules_used - 1].lists[ListIndex(frames_.back().at)].push_back(
          policy_.names.Add(text));
      break;
    case At::kMatchLabel:
      o.selectors.back().push_back({.key = frames_.back().label,
                                    .op = Requirement::Operator::kIn,
                                    .values = {policy_.names.Add(text)}});
      break;
    case At::kExpressionKey:
      o.selectors.back().back().key = policy_.names.Add(text);
      break;
    case At::kExpressionOperator:
      o.selectors.back().back().op = OperatorOf(text);
      break;
    case At::kExpressionValue:
      o.selectors.back().back().values.push_back(policy_.names.Add(text));
      break;
    case At::kRoleRefKind:
      o.role_kind = text;
      break;
    case At::kRoleRefName:
      o.role_name = text;
      break;
    case At::kSubjectKind:
      o.subjects.back().kind = KindOf(text);
      o.subjects.back().kind_name = policy_.names.Add(text);
      break;
    case At::kSubjectName:
      o.subjects.back().name = policy_.names.Add(text);
      break;
    case At::kSubjectNamespace:
      o.subjects.back().space = policy_.names.Add(text);
      break;
    default:
      break;
  }
}

/// Makes room for what begins.
void ObjectBuilder::Begin(At at, uint32_t line) {
  switch (at) {
    case At::kObject:
      objects_[depth_++].Begin(line);
      break;
    case At::kRules:  // of two fields with one name the last counts
      object().rules_used = 0;
      object().has_rules = true;
      break;
    case At::kRule: {
      Object& o = object();
      if (o.rules.size() == o.rules_used) o.rules.emplace_back();
      NewRule& rule = o.rules[o.rules_used++];
      for (auto& list : rule.lists) list.clear();
      rule.line = line;
      break;
    }
    case At::kVerbs:
    case At::kGroups:
    case At::kResources:
    case At::kResourceNames:
    case At::kUrls:
      object().rules[object().rules_used - 1].lists[ListIndex(at)].clear();
      break;
    case At::kAggregation:
      object().aggregation = true;
      break;
    case At::kSelector:
      object().selectors.emplace_back();
      break;
    case At::kExpression:
      object().selectors.back().push_back(
          {.key = 0, .op = Requirement::Operator::kInvalid, .values = {}});
      break;
    case At::kRoleRef:
      object().has_role_ref = true;
      break;
    case At::kSubjects:
      object().subjects.clear();
      break;
    case At::kSubject:
      object().subjects.push_back({.kind = SubjectKind::kOther});
      break;
    case At::kLabels:
      object().labels.clear();
      break;
    default:
      break;
  }
}

bool ObjectBuilder::Open(Shape shape, uint32_t line) {
  At at = NextAt();
  const char* field = frames_.empty() ? "" : frames_.back().next_field;
  if (at != At::kSkip && ShapeOf(at) != shape) {
    if (frames_.empty()) return Fail(line, "a document that is no object");
    if (frames_.back().at == At::kItems) return Fail(line, "an item of a list is no object");
    Refuse(at, shape, line);
    at = At::kSkip;
  }
  if (at == At::kObject && depth_ >= kMostDepth) return Fail(line, "lists in lists in lists");
  if (at == At::kObject && depth_ > 0) field = "";  // the item's own fields are told
  if (at != At::kSkip) Begin(at, line);
  frames_.push_back({.at = at, .next = ItemOf(at), .field = field});
  return true;
}

bool ObjectBuilder::Close() {
  const At at = frames_.back().at;
  frames_.pop_back();
  if (!frames_.empty() && HasFields(frames_.back().at)) {
    frames_.back().next = At::kSkip;
    frames_.back().next_field = "";
  }
  if (at != At::kObject) return true;
  const bool ok = Finish(object());
  --depth_;
  return ok;
}

ObjectBuilder::Type ObjectBuilder::TypeOf(const Object& object) const {
  std::string_view version = object.api_version;
  std::string_view kind = object.kind;
  if (kind.empty() && depth_ > 1) {  // an item of a list that says it for all
    const Object& list = objects_[depth_ - 2];
    version = list.api_version;
    kind = list.kind;
    if (kind.ends_with("List")) kind.remove_suffix(4);
    if (kind.empty()) {
      const bool cluster = object.space.empty();
      if (object.has_role_ref) return cluster ? Type::kClusterRoleBinding : Type::kRoleBinding;
      if (object.has_rules) return cluster ? Type::kClusterRole : Type::kRole;
    }
  }
  if (!version.starts_with(kApiGroup)) return Type::kOther;
  return kind == "Role"                 ? Type::kRole
         : kind == "ClusterRole"        ? Type::kClusterRole
         : kind == "RoleBinding"        ? Type::kRoleBinding
         : kind == "ClusterRoleBinding" ? Type::kClusterRoleBinding
                                        : Type::kOther;
}

bool ObjectBuilder::Finish(const Object& object) {
  const Type type = TypeOf(object);
  if (type == Type::kOther) {
    if (!object.kind.ends_with("List")) {
      ++policy_.skipped;
      NoteOther(object.kind);
    } else {
      ++policy_.lists;
    }
    return true;
  }
  if (!object.refused.empty()) return Fail(object.refused_line, object.refused);
  if (object.name.empty()) return Fail(object.line, "metadata.name is missing");
  if (live_) NameLive(object, kLiveNames[static_cast<size_t>(type)]);
  for (const Remark& remark : object.remarks) {
    if (live_) break;
    if (options_.strict) {
      const bool twice = remark.kind == Remark::Kind::kDuplicateField;
      return Fail(remark.spot.line,
                  fmt::format("{} field {}", twice ? "duplicate" : "unknown", remark.text));
    }
    policy_.AddRemark(remark);
  }
  if (!live_) NoteVersion(object);
  const bool cluster = type == Type::kClusterRole || type == Type::kClusterRoleBinding;
  if (type == Type::kRole || type == Type::kClusterRole) {
    AddRole(object, cluster);
  } else {
    AddBinding(object, cluster);
  }
  return true;
}

/// Kinds that rbac/workloads.h reads.
void ObjectBuilder::NoteOther(std::string_view kind) {
  policy_.has_accounts |= kind == "ServiceAccount";
  policy_.has_pods |= kind == "Pod" || kind == "PodTemplate" || kind == "Deployment" ||
                      kind == "StatefulSet" || kind == "DaemonSet" || kind == "ReplicaSet" ||
                      kind == "ReplicationController" || kind == "Job" || kind == "CronJob";
}

/// An API server of today has no other version than v1, and refuses the object.
void ObjectBuilder::NoteVersion(const Object& object) {
  const std::string_view version = object.api_version;
  if (!version.starts_with(kApiGroup) || version.substr(kApiGroup.size()) == "v1") return;
  policy_.AddRemark({Remark::Kind::kOldVersion,
                     {file_, object.line},
                     fmt::format("{} {}: {} is served by no API server since 1.22; read as v1",
                                 PrintableShort(object.kind, 40), PrintableShort(object.name, 80),
                                 PrintableShort(object.api_version, 60))});
}

void ObjectBuilder::NameLive(const Object& object, const char* kind) {
  file_ = static_cast<uint32_t>(policy_.files.size());
  policy_.files.push_back(object.space.empty()
                              ? fmt::format("{}/{}", kind, object.name)
                              : fmt::format("{}/{}/{}", kind, object.space, object.name));
}

NameId ObjectBuilder::SpaceOf(const Object& object, bool cluster) {
  if (cluster) return Names::kEmpty;
  if (!object.space.empty() || live_) return policy_.names.Add(object.space);
  policy_.AddRemark({Remark::Kind::kNoNamespace,
                     {file_, object.line},
                     fmt::format("{} {} names no namespace: taken to be in {}", object.kind,
                                 PrintableShort(object.name, 80), options_.default_namespace)});
  return policy_.names.Add(options_.default_namespace);
}

void ObjectBuilder::AddRole(const Object& object, bool cluster) {
  Role role;
  role.cluster = cluster;
  role.name = policy_.names.Add(object.name);
  role.space = SpaceOf(object, cluster);
  role.created = policy_.names.Add(object.created);
  role.spot = SpotOf(object);
  role.first_rule = static_cast<uint32_t>(policy_.rules.size());
  role.rules = static_cast<uint32_t>(object.rules_used);
  for (size_t i = 0; i < object.rules_used; ++i) {
    const NewRule& from = object.rules[i];
    Rule rule;
    rule.begin = static_cast<uint32_t>(policy_.atoms.size());
    uint32_t* const counts[] = {&rule.verbs, &rule.groups, &rule.resources, &rule.names,
                                &rule.urls};
    for (size_t list = 0; list < kRuleLists; ++list) {
      *counts[list] = static_cast<uint32_t>(from.lists[list].size());
      policy_.atoms.insert(policy_.atoms.end(), from.lists[list].begin(), from.lists[list].end());
    }
    rule.line = live_ ? 0 : from.line;
    policy_.rules.push_back(rule);
  }
  if (cluster && !object.labels.empty()) {
    policy_.labels.push_back(object.labels);
    role.labels = static_cast<uint32_t>(policy_.labels.size());
  }
  if (cluster && object.aggregation) {
    policy_.aggregations.push_back(object.selectors);
    role.selectors = static_cast<uint32_t>(policy_.aggregations.size());
  }
  policy_.roles.push_back(role);
}

/// As MatchesUsername has it. A ClusterRoleBinding's subject has no other namespace than its own.
NameId ObjectBuilder::UserOf(const Subject& account, const Binding& binding) {
  const NameId space = account.space != Names::kEmpty ? account.space : binding.space;
  if (space == Names::kEmpty) return kNoName;
  return policy_.names.Add(
      fmt::format("system:serviceaccount:{}:{}", policy_.Text(space), policy_.Text(account.name)));
}

void ObjectBuilder::AddBinding(const Object& object, bool cluster) {
  Binding binding;
  binding.cluster = cluster;
  binding.name = policy_.names.Add(object.name);
  binding.space = SpaceOf(object, cluster);
  binding.created = policy_.names.Add(object.created);
  binding.role_kind = policy_.names.Add(object.role_kind);
  binding.role_name = policy_.names.Add(object.role_name);
  binding.first_subject = static_cast<uint32_t>(policy_.subjects.size());
  binding.subjects = static_cast<uint32_t>(object.subjects.size());
  for (Subject subject : object.subjects) {
    if (subject.kind == SubjectKind::kUser) subject.user = subject.name;
    if (subject.kind == SubjectKind::kServiceAccount) subject.user = UserOf(subject, binding);
    policy_.subjects.push_back(subject);
  }
  binding.spot = SpotOf(object);
  policy_.bindings.push_back(binding);
}

}  // namespace seawall::rbac
