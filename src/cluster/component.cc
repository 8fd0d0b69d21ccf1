#include "cluster/component.h"

#include <fmt/format.h>
#include <algorithm>

#include "cluster/flag_table.h"
#include "cluster/value_text.h"

namespace seawall::cluster {
namespace {

/// The kind of the component's own configuration file; "" when it has none.
const char* ConfigurationKind(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kKubelet:
      return "KubeletConfiguration";
    case ComponentKind::kProxy:
      return "KubeProxyConfiguration";
    case ComponentKind::kScheduler:
      return "KubeSchedulerConfiguration";
    case ComponentKind::kEtcd:
      return "EtcdConfig";
    default:
      return "";
  }
}

Setting Unknown(std::string_view name, std::string why, std::string how) {
  Setting setting;
  setting.name = name;
  setting.state = SettingState::kUnknown;
  setting.why = std::move(why);
  setting.how = std::move(how);
  return setting;
}

/// Nothing in it that Clean would change; most paths are so.
bool IsClean(std::string_view path) {
  if (path.size() <= 1 || path.front() != '/' || path.back() == '/') return false;
  for (size_t i = 1; i < path.size(); ++i) {
    if (path[i - 1] == '/' && (path[i] == '/' || path[i] == '.')) return false;
  }
  return true;
}

/// "/a/./b//c/.." becomes "/a/b", as the kernel would read it where there are no links.
std::string Clean(std::string_view path) {
  if (IsClean(path)) return std::string(path);
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != "..")
      parts.push_back(part);
    else if (!parts.empty())
      parts.pop_back();
  }
  std::string clean;
  for (const std::string_view part : parts) (clean += '/') += part;
  return clean.empty() ? "/" : clean;
}

/// "/etc/x" below "/etc": the rest "/x"; "/etcd" is not below "/etc".
std::optional<std::string_view> Below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path;
  if (!path.starts_with(folder)) return std::nullopt;
  path.remove_prefix(folder.size());
  if (!path.empty() && path[0] != '/') return std::nullopt;
  return path;
}

/// Without --authorization-mode (or with an empty one) and without --authorization-config
/// everything is allowed; the flag's printed default is empty.
void AllowWithoutModes(const Component& server, Setting& modes) {
  const Setting config = server.Get("authorization-config");
  if (config.state == SettingState::kUnknown) {
    modes.state = SettingState::kUnknown;
    modes.why = config.why;
    modes.how = config.how;
  } else if (config.text.empty()) {
    modes.text = "AlwaysAllow";
    modes.items = {{"AlwaysAllow", {}}};
  }
}

/// A field that cannot be known although nobody wrote it by its own name: what stands where its
/// mapping should ("authentication: yes"), or one of its keys, is of the wrong type.
const Setting* DoubtfulRelative(const std::map<std::string, Setting, std::less<>>& written,
                                std::string_view name) {
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos;
       dot = name.rfind('.', dot - 1)) {
    const auto parent = written.find(name.substr(0, dot));
    if (parent != written.end() && parent->second.state == SettingState::kUnknown)
      return &parent->second;
    if (dot == 0) break;
  }
  const std::string below = std::string(name) + ".";
  for (auto at = written.lower_bound(below); at != written.end(); ++at) {
    if (!at->first.starts_with(below)) break;
    if (at->second.state == SettingState::kUnknown) return &at->second;
  }
  return nullptr;
}

}  // namespace

Place Argument::PlaceOf(size_t from, size_t to) const {
  from = std::min(from, text.size());
  to = std::clamp(to, from, text.size());
  Place part = place;
  const bool consecutive = raw.empty();
  // Where the text is not what stands in the file (a variable was expanded) only the whole can be
  // pointed at.
  if (consecutive ? place.bytes.end - place.bytes.begin != text.size() : raw.size() != text.size())
    return part;
  const auto offset = [&](size_t at) -> size_t {
    if (consecutive) return place.bytes.begin + at;
    return at < raw.size() ? raw[at] : place.bytes.end;
  };
  part.bytes.begin = offset(from);
  part.bytes.end = to == from    ? part.bytes.begin
                   : consecutive ? offset(to)
                                 : raw[to - 1] + size_t{1};
  if (part.bytes.begin < place.bytes.begin || part.bytes.end > place.bytes.end) return place;
  // Every element of a list asks: of a line that no hand wrote only the whole is pointed at.
  constexpr size_t kLongest = size_t{64} * 1024;
  if (from > kLongest) return place;
  size_t continuation = 0;
  for (size_t i = 0; i < from; ++i)
    continuation += (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
  if (part.line != 0) {
    part.column += static_cast<uint32_t>(part.bytes.begin - place.bytes.begin - continuation);
  }
  return part;
}

Setting Component::Get(std::string_view name) const {
  if (!unknown.empty()) return Unknown(name, unknown, how);
  if (!Speaks(name)) {
    return Unknown(name, fmt::format("{} {}", instance, kNotSpokenOf),
                   "give the whole configuration, or audit the node");
  }
  const FlagTable flags(kind, version);
  std::string canonical(name);
  if (kind == ComponentKind::kKubelet || kind == ComponentKind::kProxy) {
    if (const char* field = flags.Field(name)) canonical = field;
  } else if (kind == ComponentKind::kEtcd || kind == ComponentKind::kScheduler) {
    if (const char* flag = flags.FlagOf(name)) canonical = flag;
  }
  const auto found = written.find(canonical);
  const bool modes = kind == ComponentKind::kApiServer && canonical == "authorization-mode";
  if (found != written.end() && !(modes && found->second.known() && found->second.items.empty())) {
    return found->second;
  }
  const char* configuration = ConfigurationKind(kind);
  // Only fields of a file have relatives.
  if (*configuration != '\0') {
    if (const Setting* doubtful = DoubtfulRelative(written, canonical))
      return Unknown(canonical, doubtful->why, doubtful->how);
  }
  if (!Speaks(canonical)) {
    return Unknown(canonical, "what was given to seawall does not speak of it",
                   "give the component's command line too");
  }
  const versions::FieldRow* field = flags.FieldRow(configuration, canonical);
  for (const Gap& gap : gaps) {
    if (gap.only_fields && field == nullptr && flags.Find(canonical) != nullptr) continue;
    if (gap.only_flags && field != nullptr) continue;
    return Unknown(canonical, gap.why, gap.how);
  }
  if (!flags.certain()) {
    Setting doubt = Unknown(
        canonical,
        fmt::format("nobody set it, and its default depends on the version of {}, which {}",
                    ToString(kind),
                    version ? fmt::format("({}) is not among those that seawall knows ({})",
                                          version->ToString(), flags.Range())
                            : std::string("is not known")),
        fmt::format(
            "say it with --component-version {0}=VERSION ({0} --version on the node tells it)",
            ToString(kind)));
    doubt.nothing_by_default = flags.EmptyByDefault(canonical, configuration);
    return doubt;
  }
  Setting setting;
  setting.name = canonical;
  setting.origin.note = flags.Name();
  const versions::FlagRow* flag = flags.Find(canonical);
  if (field != nullptr && flag_defaults) {
    if (const char* of_field = flags.FlagOf(canonical)) flag = flags.Find(of_field);
  }
  const bool by_field =
      field != nullptr && (flag == nullptr || (!flag_defaults && flag->name != canonical));
  if (!by_field && flag == nullptr) {
    setting.state = SettingState::kAbsent;
    setting.why = fmt::format("{} {} has no such setting", ToString(kind), version->ToString());
    return setting;
  }
  setting.state = SettingState::kDefault;
  if (by_field)
    FillDefault(*field, setting);
  else
    FillDefault(*flag, setting);
  if (modes) AllowWithoutModes(*this, setting);
  return setting;
}

std::optional<std::string> Component::HostPath(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  std::string clean = Clean(path);
  if (!in_container) return clean;
  const Mount* best = nullptr;
  std::string best_path;
  for (const Mount& mount : mounts) {
    std::string at = Clean(mount.container_path);
    if (Below(clean, at) && (best == nullptr || at.size() >= best_path.size())) {
      best = &mount;
      best_path = std::move(at);
    }
  }
  if (best == nullptr || best->host_path.empty()) return std::nullopt;
  return Clean(best->host_path + std::string(*Below(clean, best_path)));
}

}  // namespace seawall::cluster
