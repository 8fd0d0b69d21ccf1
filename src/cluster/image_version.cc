// Versions in text: image tags, linker flags.
#include <cctype>

#include "cluster/go_build_info.h"
#include "cluster/wrappers.h"

namespace seawall::cluster {
namespace {

std::optional<int> Number(std::string_view text, size_t& at) {
  const size_t from = at;
  int number = 0;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 &&
         at - from < 5) {
    number = number * 10 + (text[at++] - '0');
  }
  if (at == from || at - from > 4) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Version> ParseVersion(std::string_view text) {
  size_t at = text.starts_with('v') ? 1 : 0;
  Version version;
  const auto major = Number(text, at);
  if (!major || at >= text.size() || text[at] != '.') return std::nullopt;
  const auto minor = Number(text, ++at);
  if (!minor) return std::nullopt;
  version.major = *major;
  version.minor = *minor;
  if (at < text.size() && text[at] == '.') {
    const auto patch = Number(text, ++at);
    if (!patch) return std::nullopt;
    version.patch = *patch;
  }
  if (at < text.size() && std::string_view("-+_.").find(text[at]) == std::string_view::npos)
    return std::nullopt;
  return version;
}

bool Plausible(const Version& version, ComponentKind kind) {
  return kind == ComponentKind::kEtcd ? version.major == 3 || version.major == 2
                                      : version.major == 1;
}

std::optional<Version> VersionOfImage(std::string_view image, ComponentKind kind, size_t* tag_begin,
                                      size_t* tag_end) {
  const std::string_view reference = image.substr(0, image.find('@'));
  const size_t slash = reference.rfind('/');
  const size_t colon = reference.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view name = reference.substr(slash == std::string_view::npos ? 0 : slash + 1);
  name = name.substr(0, name.find(':'));
  const bool etcd = kind == ComponentKind::kEtcd;
  const bool known = ComponentOfImage(name) == kind ||
                     (!etcd && (name.starts_with("hyperkube") || name == "hardened-kubernetes" ||
                                name == "kubernetes"));
  if (!known) return std::nullopt;
  std::optional<Version> version = ParseVersion(reference.substr(colon + 1));
  if (!version || !Plausible(*version, kind)) return std::nullopt;
  version->source = "image tag";
  *tag_begin = colon + 1;
  *tag_end = reference.size();
  return version;
}

}  // namespace seawall::cluster
