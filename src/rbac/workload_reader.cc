#include "rbac/workload_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::rbac {
namespace {

/// Where the spec of a pod stands, by the kind of what holds it.
struct Holder {
  const char* kind;
  size_t spec;  ///< of kPrefixes
};
constexpr std::string_view kPrefixes[] = {"spec.", "spec.template.spec.",
                                          "spec.jobTemplate.spec.template.spec.", "template.spec."};
constexpr Holder kHolders[] = {{"Pod", 0},       {"Deployment", 1}, {"StatefulSet", 1},
                               {"DaemonSet", 1}, {"ReplicaSet", 1}, {"ReplicationController", 1},
                               {"Job", 1},       {"CronJob", 2},    {"PodTemplate", 3}};
constexpr std::string_view kToken = "volumes.projected.sources.serviceAccountToken.";

std::optional<bool> BoolOf(const yaml::ScalarEvent& scalar) {
  if (scalar.type != yaml::ScalarType::kBool) return std::nullopt;
  return scalar.text == "true" || Lower(scalar.text) == "true" || Lower(scalar.text) == "yes" ||
         Lower(scalar.text) == "on" || Lower(scalar.text) == "y";
}

}  // namespace

/// The spec that a field is of, which then begins there.
WorkloadReader::Spec* WorkloadReader::SpecOf(std::string_view& field) {
  for (size_t i = kSpecs; i-- > 0;) {
    if (!field.starts_with(kPrefixes[i])) continue;
    field.remove_prefix(kPrefixes[i].size());
    return &objects_.back().specs[i];
  }
  return nullptr;
}

void WorkloadReader::Open(std::string_view field) {
  Spec* spec = SpecOf(field);
  if (spec && field == kToken) spec->other_audience = false;
}

void WorkloadReader::Close(std::string_view field) {
  Spec* spec = SpecOf(field);
  if (spec && field == kToken && !spec->other_audience) spec->token = true;
}

void WorkloadReader::EndObject() {
  Finish(objects_.back());
  objects_.pop_back();
}

void WorkloadReader::Take(std::string_view field, const yaml::ScalarEvent& scalar) {
  TakeOwn(field, scalar);
  Spec* spec = SpecOf(field);
  if (!spec) return;
  if (field == "serviceAccountName.") spec->account = scalar.text;
  if (field == "serviceAccount.") spec->old_account = scalar.text;
  if (field == "automountServiceAccountToken.") spec->automount = BoolOf(scalar);
  if (field == "volumes.secret.secretName.") spec->secrets.emplace_back(scalar.text);
  if (field.starts_with(kToken) && field.substr(kToken.size()) == "audience.")
    spec->other_audience = !scalar.text.empty();
}

void WorkloadReader::TakeOwn(std::string_view field, const yaml::ScalarEvent& scalar) {
  Object& object = objects_.back();
  if (field == "kind.") object.kind = scalar.text;
  if (field == "metadata.name.") object.name = scalar.text;
  if (field == "metadata.namespace.") object.space = scalar.text;
  if (field == "metadata.uid.") object.stored = !scalar.text.empty();
  if (field == "status.phase.") object.phase = scalar.text;
  if (field == "automountServiceAccountToken.") object.automount = BoolOf(scalar);
}

void WorkloadReader::Finish(Object& object) {
  std::string kind = live_kind_ ? live_kind_ : object.kind;
  if (kind.empty() && objects_.size() > 1) {  // an item of a list that says it for all
    kind = objects_[objects_.size() - 2].kind;
    if (kind.ends_with("List")) kind.resize(kind.size() - 4);
  }
  if (object.space.empty()) object.space = "default";
  if (kind == "ServiceAccount") {
    workloads_.accounts.push_back({object.space, object.name, object.automount});
    return;
  }
  const auto* holder =
      std::ranges::find_if(kHolders, [&](const Holder& one) { return kind == one.kind; });
  if (holder == std::end(kHolders) || object.phase == "Succeeded" || object.phase == "Failed")
    return;
  const Spec& spec = object.specs[holder->spec];
  PodFacts pod;
  pod.kind = kind;
  pod.space = object.space;
  pod.name = object.name;
  pod.account = !spec.account.empty()       ? spec.account
                : !spec.old_account.empty() ? spec.old_account
                                            : "default";
  pod.automount = spec.automount;
  // Before 1.22 it is a Secret of the account's.
  pod.token_volume = spec.token || std::ranges::any_of(spec.secrets, [&](const auto& secret) {
                       return secret.starts_with(pod.account + "-token-");
                     });
  pod.stored = live_kind_ || (kind == "Pod" && object.stored);
  pod.place = live_kind_ ? fmt::format("pod/{}/{}", pod.space, pod.name) : file_;
  pod.line = live_kind_ ? 0 : object.line;
  workloads_.pods.push_back(std::move(pod));
}

}  // namespace seawall::rbac
