#include "cluster/package_version.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/go_build_info.h"

namespace seawall::cluster {
namespace {

constexpr const char* kStatus = "/var/lib/dpkg/status";

struct Packaged {
  ComponentKind kind;
  std::string_view program;
  std::string_view package;
};
constexpr Packaged kPackages[] = {{ComponentKind::kKubelet, "/usr/bin/kubelet", "kubelet"},
                                  {ComponentKind::kEtcd, "/usr/bin/etcd", "etcd-server"}};

struct Stanza {
  size_t begin = 0;
  std::string_view text;

  /// The text behind "Name: "; "" when the stanza has no such line.
  std::string_view Field(std::string_view name) const {
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
        return Trim(line.substr(name.size() + 2));
      at = end + 1;
    }
    return {};
  }
};

std::optional<Stanza> FindStanza(std::string_view status, std::string_view package) {
  const std::string head = fmt::format("Package: {}\n", package);
  size_t begin = status.find(head);
  while (begin != std::string_view::npos && begin != 0 && status[begin - 1] != '\n')
    begin = status.find(head, begin + 1);
  if (begin == std::string_view::npos) return std::nullopt;
  return Stanza{begin, status.substr(begin, status.find("\n\n", begin) - begin)};
}

}  // namespace

std::optional<Version> VersionOfPackage(const Files& files, ComponentKind kind,
                                        std::string_view program) {
  for (const Packaged& packaged : kPackages) {
    if (packaged.kind != kind || packaged.program != program) continue;
    const auto stat = files.LinkStat(program);
    if (stat || stat.error().code != ErrorCode::kNotFound) return std::nullopt;
    const auto status = files.Read(kStatus);
    if (!status) return std::nullopt;
    const auto stanza = FindStanza(*status, packaged.package);
    if (!stanza || !stanza->Field("Status").ends_with(" installed")) return std::nullopt;
    std::string_view text = stanza->Field("Version");
    if (const size_t epoch = text.find(':'); epoch != std::string_view::npos)
      text.remove_prefix(epoch + 1);
    auto version = ParseVersion(text);
    if (!version || !Plausible(*version, kind)) return std::nullopt;
    version->source = fmt::format("the package {} in {}", packaged.package, kStatus);
    version->place.file = kStatus;
    version->place.bytes.begin = static_cast<size_t>(text.data() - status->data());
    version->place.bytes.end = version->place.bytes.begin + text.size();
    const std::string_view before = std::string_view(*status).substr(0, version->place.bytes.begin);
    version->place.line = static_cast<uint32_t>(std::ranges::count(before, '\n') + 1);
    version->place.column = static_cast<uint32_t>(before.size() - before.rfind('\n'));
    return version;
  }
  return std::nullopt;
}

}  // namespace seawall::cluster
