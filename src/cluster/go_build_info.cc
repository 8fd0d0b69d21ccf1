#include "cluster/go_build_info.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "cluster/wrappers.h"
#include "fmt/format.h"

namespace seawall::cluster {
namespace {

constexpr uint64_t kMaxBuildInfo = 1u << 20;
constexpr uint64_t kMaxData = 8u << 20;  ///< of .data; kube-apiserver's is half a megabyte
constexpr size_t kHeader = 64;

struct Section {
  std::string name;
  uint64_t address = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

template <typename T>
T At(const std::string& bytes, size_t offset) {
  T value{};
  if (offset + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

std::unexpected<Error> Malformed(const std::string& path, std::string why) {
  return Fail(ErrorCode::kMalformed, "read the build information", path, std::move(why));
}

Result<std::vector<Section>> Sections(const Files& files, const std::string& path) {
  const Result<std::string> header = files.ReadAt(path, 0, kHeader);
  if (!header) return std::unexpected(header.error());
  const bool elf = header->size() == kHeader && header->starts_with(
                                                    "\x7f"
                                                    "ELF\x02\x01");  // 64 bits, little-endian
  if (!elf) return Malformed(path, "not a 64-bit little-endian ELF file");
  const auto offset = At<uint64_t>(*header, 0x28);
  const auto size = At<uint16_t>(*header, 0x3A);
  const auto count = At<uint16_t>(*header, 0x3C);
  const auto names = At<uint16_t>(*header, 0x3E);
  if (size != 64 || count == 0 || count > 1000 || names >= count)
    return Malformed(path, "no section headers");
  const Result<std::string> table = files.ReadAt(path, offset, uint64_t{size} * count);
  if (!table) return std::unexpected(table.error());
  if (table->size() != size_t{size} * count) return Malformed(path, "truncated section headers");
  const size_t strings = size_t{names} * 64;
  const Result<std::string> text =
      files.ReadAt(path, At<uint64_t>(*table, strings + 0x18),
                   std::min<uint64_t>(At<uint64_t>(*table, strings + 0x20), 1u << 16));
  if (!text) return std::unexpected(text.error());
  std::vector<Section> sections;
  for (size_t at = 0; at < table->size(); at += 64) {
    Section section;
    const auto name = At<uint32_t>(*table, at);
    if (name < text->size()) section.name = text->c_str() + name;
    section.address = At<uint64_t>(*table, at + 0x10);
    section.offset = At<uint64_t>(*table, at + 0x18);
    section.size = At<uint64_t>(*table, at + 0x20);
    sections.push_back(std::move(section));
  }
  return sections;
}

const Section* Find(const std::vector<Section>& sections, std::string_view name) {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const Section& s) { return s.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

/// A varint-prefixed string at `at`, which moves past it.
std::optional<std::string> PrefixedString(const std::string& bytes, size_t& at) {
  uint64_t length = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (at >= bytes.size()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(bytes[at++]);
    length |= uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80) == 0) break;
  }
  if (length > bytes.size() - at) return std::nullopt;
  std::string text = bytes.substr(at, length);
  at += length;
  return text;
}

/// The module lines stand between two 16-byte marks.
std::string WithoutMarks(std::string modules) {
  if (modules.size() >= 33 && modules[modules.size() - 17] == '\n')
    return modules.substr(16, modules.size() - 32);
  return "";
}

/// A pseudo-version or a build from a work tree says nothing of the release.
std::optional<Version> ModuleVersion(std::string_view modules, ComponentKind kind) {
  const std::string_view wanted =
      kind == ComponentKind::kEtcd ? "mod\tgo.etcd.io/etcd/" : "mod\tk8s.io/kubernetes\t";
  const std::string_view product = modules.substr(0, modules.find("\ndep\t"));
  const size_t line = product.find(wanted);
  if (line == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> fields =
      Split(product.substr(line, product.find('\n', line) - line), '\t');
  if (fields.size() < 3 || fields[2].find("-0.20") != std::string_view::npos ||
      fields[2].starts_with("v0.0.0")) {
    return std::nullopt;
  }
  return ParseVersion(fields[2]);
}

std::optional<Version> LinkerFlagVersion(std::string_view modules, ComponentKind kind) {
  if (kind == ComponentKind::kEtcd) return std::nullopt;
  constexpr std::string_view kKey = "k8s.io/component-base/version.gitVersion=";
  const size_t flags = modules.find("build\t-ldflags=");
  if (flags == std::string_view::npos) return std::nullopt;
  const std::string_view line = modules.substr(flags, modules.find('\n', flags) - flags);
  const size_t at = line.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view value = line.substr(at + kKey.size());
  return ParseVersion(value.substr(0, value.find_first_of(" '\"\\")));
}

/// k3s and RKE2 record their own version, which begins with that of the Kubernetes inside.
std::optional<Version> DistributionVersion(std::string_view modules) {
  const size_t flags = modules.find("build\t-ldflags=");
  if (flags == std::string_view::npos) return std::nullopt;
  const std::string_view line = modules.substr(flags, modules.find('\n', flags) - flags);
  constexpr std::string_view kKey = "/pkg/version.Version=";
  const size_t at = line.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view value = line.substr(at + kKey.size());
  return ParseVersion(value.substr(0, value.find_first_of(" '\"\\")));
}

/// Strings of a Go program as .data points at them.
class GoStrings {
 public:
  GoStrings(const Files& files, const std::string& path, const std::vector<Section>& sections)
      : files_(files),
        path_(path),
        rodata_(Find(sections, ".rodata")),
        data_(Find(sections, ".data")) {}

  bool Load() {
    if (rodata_ == nullptr || data_ == nullptr || data_->size > kMaxData) return false;
    Result<std::string> bytes = files_.ReadAt(path_, data_->offset, data_->size);
    if (bytes) bytes_ = std::move(*bytes);
    return bytes && bytes_.size() >= 64;
  }
  size_t size() const { return bytes_.size(); }
  uint64_t LengthAt(size_t at) const { return At<uint64_t>(bytes_, at + 8); }
  bool PointsToText(size_t at) const {
    const auto pointer = At<uint64_t>(bytes_, at);
    return pointer >= rodata_->address &&
           pointer + LengthAt(at) <= rodata_->address + rodata_->size;
  }
  std::string TextAt(size_t at) const {
    if (LengthAt(at) > 256 || !PointsToText(at)) return "";
    const uint64_t offset = At<uint64_t>(bytes_, at) - rodata_->address + rodata_->offset;
    const Result<std::string> text = files_.ReadAt(path_, offset, LengthAt(at));
    return text ? *text : "";
  }

 private:
  const Files& files_;
  const std::string& path_;
  const Section* rodata_;
  const Section* data_;
  std::string bytes_;
};

/// Three neighbours in .data: gitMajor "1", gitMinor "37", gitVersion "v1.37.2"
/// (k8s.io/component-base/version), or MinClusterVersion "3.0.0", Version "3.7.0", APIVersion
/// "unknown" (go.etcd.io/etcd/api/v3/version).
std::optional<Version> VersionIn(const GoStrings& strings, size_t at, ComponentKind kind) {
  const bool etcd = kind == ComponentKind::kEtcd;
  const uint64_t lengths[] = {strings.LengthAt(at), strings.LengthAt(at + 16),
                              strings.LengthAt(at + 32)};
  const bool fits = etcd ? lengths[0] == 5 && lengths[1] >= 5 && lengths[1] <= 32 && lengths[2] == 7
                         : lengths[0] == 1 && lengths[1] >= 1 && lengths[1] <= 3 &&
                               lengths[2] >= 5 && lengths[2] <= 64;
  if (!fits || !strings.PointsToText(at) || !strings.PointsToText(at + 16) ||
      !strings.PointsToText(at + 32))
    return std::nullopt;
  const std::string first = strings.TextAt(at);
  if (first != (etcd ? "3.0.0" : "1")) return std::nullopt;
  const std::string second = strings.TextAt(at + 16);
  const std::string third = strings.TextAt(at + 32);
  if (etcd) return third == "unknown" ? ParseVersion(second) : std::nullopt;
  const std::string minor = second.ends_with('+') ? second.substr(0, second.size() - 1) : second;
  std::optional<Version> version = ParseVersion(third);
  if (!third.starts_with('v') || !version || version->major != 1 ||
      std::to_string(version->minor) != minor)
    return std::nullopt;
  return version;
}

std::optional<Version> LinkedVersion(const Files& files, const std::string& path,
                                     const std::vector<Section>& sections, ComponentKind kind) {
  GoStrings strings(files, path, sections);
  if (!strings.Load()) return std::nullopt;
  std::optional<Version> found;
  for (size_t at = 0; at + 48 <= strings.size(); at += 8) {
    const std::optional<Version> version = VersionIn(strings, at, kind);
    if (!version) continue;
    if (found && found->ToString() != version->ToString())
      return std::nullopt;  // two answers are none
    found = version;
  }
  return found;
}

Version SeenIn(const std::string& path, Version version) {
  version.source = "build information of " + path;
  version.place.file = path;
  return version;
}

}  // namespace

Result<GoBuildInfo> ReadGoBuildInfo(const Files& files, const std::string& path) {
  const Result<std::vector<Section>> sections = Sections(files, path);
  if (!sections) return std::unexpected(sections.error());
  const Section* section = Find(*sections, ".go.buildinfo");
  if (section == nullptr) return Malformed(path, "no Go build information");
  const Result<std::string> bytes =
      files.ReadAt(path, section->offset, std::min(section->size, kMaxBuildInfo));
  if (!bytes) return std::unexpected(bytes.error());
  constexpr uint8_t kInline = 2;  // since Go 1.18; older ones point elsewhere
  if (bytes->size() < 32 || !bytes->starts_with("\xff Go buildinf:") ||
      (static_cast<uint8_t>((*bytes)[15]) & kInline) == 0) {
    return Malformed(path, "Go build information of an unknown form");
  }
  size_t at = 32;
  const auto version = PrefixedString(*bytes, at);
  const auto modules = version ? PrefixedString(*bytes, at) : std::nullopt;
  if (!modules) return Malformed(path, "truncated Go build information");
  return GoBuildInfo{*version, WithoutMarks(*modules)};
}

std::optional<Version> VersionOfBinary(const Files& files, const std::string& path,
                                       ComponentKind kind) {
  const Result<GoBuildInfo> info = ReadGoBuildInfo(files, path);
  if (!info) return std::nullopt;
  const std::string_view modules = info->modules;
  const bool distribution = modules.find("path\tgithub.com/k3s-io/k3s") != std::string_view::npos ||
                            modules.find("path\tgithub.com/rancher/rke2") != std::string_view::npos;
  if (distribution && kind != ComponentKind::kEtcd) {
    std::optional<Version> version = DistributionVersion(modules);
    if (!version || !Plausible(*version, kind)) return std::nullopt;
    return SeenIn(path, std::move(*version));
  }
  const std::string_view product =
      kind == ComponentKind::kEtcd ? "path\tgo.etcd.io/etcd" : "path\tk8s.io/kubernetes/";
  if (info->modules.find(product) == std::string::npos)
    return std::nullopt;  // something else under this name
  std::optional<Version> version = ModuleVersion(info->modules, kind);
  if (!version) version = LinkerFlagVersion(info->modules, kind);
  if (!version) {
    const Result<std::vector<Section>> sections = Sections(files, path);
    if (sections) version = LinkedVersion(files, path, *sections, kind);
  }
  if (!version || !Plausible(*version, kind)) return std::nullopt;
  return SeenIn(path, std::move(*version));
}

}  // namespace seawall::cluster
