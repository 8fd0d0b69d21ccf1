#include "cluster/kinds/abac.h"

#include "fmt/format.h"
#include "yaml/document.h"

namespace seawall::cluster::kinds {
namespace {

constexpr size_t kMostPolicies = 20000;  // a second is gone after half a million of them

std::string FaultOf(std::string_view line) {
  const auto stream = yaml::Parse("policy", std::string(line));
  if (!stream) return "it is neither JSON nor YAML";
  const yaml::Value policy = stream->root();
  if (!policy.is_mapping()) return "it is no object";
  const std::string& kind = policy["kind"].text();
  const std::string& version = policy["apiVersion"].text();
  if (kind.empty() && version.empty()) return "";
  const bool known = version == "abac.authorization.kubernetes.io/v1beta1" ||
                     version == "abac.authorization.kubernetes.io/v0";
  return known && kind == "Policy" ? ""
                                   : "it is no Policy of abac.authorization.kubernetes.io/v1beta1";
}

}  // namespace

std::optional<AbacFault> FindAbacFault(std::string_view bytes) {
  constexpr std::string_view kBlanks = " \t\r";
  size_t policies = 0;
  std::string_view before;
  for (size_t line = 1; !bytes.empty(); ++line) {
    const size_t feed = bytes.find('\n');
    std::string_view text = bytes.substr(0, feed);
    bytes.remove_prefix(feed == std::string_view::npos ? bytes.size() : feed + 1);
    const size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || text[begin] == '#') continue;
    if (text == before) continue;
    if (++policies > kMostPolicies)
      return AbacFault{line, fmt::format("it has more than {} policies", kMostPolicies), false};
    before = text;
    std::string fault = FaultOf(text.substr(begin));
    if (!fault.empty()) return AbacFault{line, std::move(fault)};
  }
  return std::nullopt;
}

}  // namespace seawall::cluster::kinds
