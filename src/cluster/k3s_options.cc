// Options of k3s and RKE2 from files and flags.
#include "cluster/k3s.h"
#include "cluster/pod_container.h"

namespace seawall::cluster {
namespace {

constexpr size_t kMaxOptions = 10000;

std::string LongName(const std::string& name) {
  static const std::pair<std::string_view, std::string_view> kShort[] = {{"c", "config"},
                                                                         {"d", "data-dir"},
                                                                         {"t", "token"},
                                                                         {"s", "server"},
                                                                         {"o", "write-kubeconfig"}};
  for (const auto& [letter, full] : kShort) {
    if (name == letter) return std::string(full);
  }
  if (name == "kube-controller-arg") return "kube-controller-manager-arg";
  return name;
}

bool IsList(const std::string& name) {
  return name.ends_with("-arg") || name == "tls-san" || name == "disable";
}

}  // namespace

void DistributionOptions::AddFile(yaml::Value root) {
  for (const yaml::Value::Pair& pair : root.Pairs()) {
    if (options_.size() >= kMaxOptions) return;
    std::string name = pair.key.text();
    const bool adds = name.ends_with('+');
    if (adds) name.pop_back();
    std::vector<Argument>& values = options_[LongName(name)];
    if (!adds) values.clear();
    if (pair.value.is_scalar()) {
      values.push_back(ArgumentOf(pair.value));
    } else {
      for (const yaml::Value item : pair.value.Items()) values.push_back(ArgumentOf(item));
    }
  }
}

void DistributionOptions::AddArguments(const std::vector<Argument>& arguments) {
  for (size_t i = 0; i < arguments.size() && options_.size() < kMaxOptions; ++i) {
    const Argument& argument = arguments[i];
    if (!argument.text.starts_with('-')) continue;
    const size_t dashes = argument.text.starts_with("--") ? 2 : 1;
    const size_t equals = argument.text.find('=');
    const std::string name = LongName(
        argument.text.substr(dashes, equals == std::string::npos ? equals : equals - dashes));
    std::vector<Argument>& values = options_[name];
    if (!IsList(name)) values.clear();
    Argument value;
    value.origin = argument.origin;
    value.unknown = argument.unknown;
    if (equals != std::string::npos) {
      value.text = argument.text.substr(equals + 1);
      value.place = argument.PlaceOf(equals + 1, argument.text.size());
    } else if (i + 1 < arguments.size() && !arguments[i + 1].text.starts_with('-')) {
      value = arguments[++i];
    } else {
      value.text = "true";
      value.place = argument.place;
    }
    values.push_back(std::move(value));
  }
}

const std::vector<Argument>& DistributionOptions::All(const std::string& name) const {
  static const std::vector<Argument> kNone;
  const auto known = options_.find(name);
  return known == options_.end() ? kNone : known->second;
}

std::string DistributionOptions::Last(const std::string& name) const {
  const std::vector<Argument>& values = All(name);
  return values.empty() ? "" : values.back().text;
}

}  // namespace seawall::cluster
