#include "cluster/kubeadm_arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/configurations.h"

namespace seawall::cluster {
namespace {

/// Why kubeadm refuses an `extraArgs` ("": it takes it): v1beta3 has a mapping, v1beta4 and later a
/// list, and values are texts. Cluster API says the same of what it embeds, by its own version.
std::string WrongForm(const yaml::Value& value, const std::string& api) {
  if (!value.exists() || value.is_null()) return "";
  const bool mapping = api.ends_with("/v1beta3") || api.ends_with("/v1beta2");
  if (!api.empty() && value.is_mapping() != mapping) {
    return fmt::format("extraArgs is {} here, and {} wants {}: kubeadm refuses the file",
                       value.is_mapping() ? "a mapping" : "no mapping", PrintableShort(api, 60),
                       mapping ? "a mapping" : "a list of name and value");
  }
  for (const ExtraArgument& extra : ExtraArguments(value)) {
    if (extra.value.is_scalar() && extra.value.type() == yaml::ScalarType::kString) continue;
    if (extra.value.is_mapping()) continue;  // "{{ }}" without quotes: a template, unknown later
    return fmt::format(
        "the value of {} in extraArgs is no text: kubeadm refuses the file (put it "
        "in quotes)",
        PrintableShort(extra.name, 60));
  }
  return "";
}

}  // namespace

std::vector<ExtraArgument> ExtraArguments(const yaml::Value& value) {
  std::vector<ExtraArgument> out;
  for (const yaml::Value::Pair& pair : value.Pairs()) {
    out.push_back({pair.key.text(), pair.value, ""});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const yaml::Value& item : value.Items()) {
    out.push_back({item["name"].text(), item["value"], Lower(item["mergeMethod"].text())});
  }
  return out;
}

void RefuseWrongForm(const yaml::Value& value, const std::string& api, Component& component) {
  std::string why = WrongForm(value, api);
  if (why.empty()) return;
  Problem problem;
  problem.kind = Problem::Kind::kMalformedFile;
  problem.fatal = true;
  problem.setting = "extraArgs";
  problem.text = why;
  problem.place = value.place();
  component.problems.push_back(std::move(problem));
  component.unknown = std::move(why);
  component.how = "mend the file";
}

const ExtraArgument* FindLast(const std::vector<ExtraArgument>& extra, std::string_view name) {
  for (auto it = extra.rbegin(); it != extra.rend(); ++it) {
    if (it->name == name) return &*it;
  }
  return nullptr;
}

void Combine(KubeadmFlags base, const std::vector<ExtraArgument>& extra, const char* note,
             CommandLine& command) {
  std::stable_sort(base.begin(), base.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, value] : base) {
    const ExtraArgument* over = FindLast(extra, name);
    if (over != nullptr && over->merge.empty()) continue;
    Argument argument = ToolArgument(name, value, note);
    if (over != nullptr) {
      const std::string added = over->value.text();
      argument.text =
          fmt::format("--{}={}", name, over->merge == "prepend" ? added + value : value + added);
      argument.origin = OriginKind::kFlag;
      argument.place = over->value.exists() ? over->value.place() : Place{};
      argument.unknown = TemplateIn(added);
    }
    if (std::string why = TemplateIn(value); !why.empty()) argument.unknown = std::move(why);
    command.arguments.push_back(std::move(argument));
  }
  for (const ExtraArgument& e : extra) {
    if (e.merge.empty()) command.arguments.push_back(ConfiguredArgument(e.name, e.value));
  }
}

}  // namespace seawall::cluster
