// The small parts that all sources share.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "cluster/configurations.h"
#include "cluster/pod_container.h"
#include "cluster/versions/tables.h"

namespace seawall::cluster {
namespace {

/// Where an unexpanded "${" of a shell or of envsubst begins; "$$" is an escaped dollar.
size_t FindVariable(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '$') continue;
    if (text[i + 1] == '{') return i;
    if (text[i + 1] == '$') ++i;
  }
  return std::string_view::npos;
}

}  // namespace

Argument ConfiguredArgument(std::string_view name, const yaml::Value& value) {
  Argument written = value.is_scalar() ? ArgumentOf(value) : Argument{};
  Argument out;
  out.origin = OriginKind::kFlag;
  out.place = value.exists() ? value.place() : Place{};
  const std::string prefix = fmt::format("--{}=", name);
  out.text = prefix + written.text;
  if (written.raw.size() == written.text.size()) {
    out.raw.assign(prefix.size(), static_cast<uint32_t>(out.place.bytes.begin));
    out.raw.insert(out.raw.end(), written.raw.begin(), written.raw.end());
  } else if (written.place.bytes.end - written.place.bytes.begin == written.text.size()) {
    out.place = written.place;
    out.raw.assign(prefix.size(), static_cast<uint32_t>(out.place.bytes.begin));
    for (size_t i = 0; i < written.text.size(); ++i) {
      out.raw.push_back(static_cast<uint32_t>(written.place.bytes.begin + i));
    }
  }
  if (!value.is_scalar() && value.exists()) out.unknown = "the value is no text";
  std::string nameless =
      name.empty() ? "an argument has no name that seawall can read" : TemplateIn(name);
  if (!nameless.empty()) {  // it may be any flag at all
    out.text.clear();
    out.raw.clear();
    out.unknown = std::move(nameless);
    return out;
  }
  if (std::string why = TemplateIn(written.text); !why.empty()) out.unknown = std::move(why);
  return out;
}

Argument ToolArgument(std::string_view name, std::string_view value, std::string_view note) {
  Argument out;
  out.text = fmt::format("--{}={}", name, value);
  out.origin = OriginKind::kDefault;
  out.note = note;
  return out;
}

std::string TemplateIn(std::string_view text) {
  if (text.find("{{") != std::string_view::npos) {
    return "it is a template ({{ … }}) that another program fills in";
  }
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') {
    return fmt::format("{} stands for what somebody is to fill in", PrintableShort(text, 60));
  }
  const size_t variable = FindVariable(text);
  if (variable == std::string_view::npos) return "";
  const size_t end = text.find('}', variable);
  const std::string_view name =
      text.substr(variable, end == std::string_view::npos ? end : end + 1 - variable);
  return fmt::format("{} is filled in later", PrintableShort(name, 60));
}

std::optional<Version> VersionOf(const yaml::Value& value, std::string_view source) {
  if (!value.is_scalar() || !TemplateIn(value.text()).empty()) return std::nullopt;
  std::string_view text = value.text();
  for (const std::string_view label : {"stable-", "latest-"}) {
    if (text.starts_with(label)) text.remove_prefix(label.size());
  }
  const auto minor = versions::ParseMinor(text);
  if (!minor) return std::nullopt;
  Version version;
  version.major = minor->major;
  version.minor = minor->minor;
  const std::vector<std::string_view> parts = Split(text, '.');
  if (parts.size() > 2) {
    const size_t digits = parts[2].find_first_not_of("0123456789");
    if (const auto patch = ParseInt(parts[2].substr(0, digits))) {
      version.patch = static_cast<int>(std::min<int64_t>(*patch, 9999));
    }
  }
  version.source = source;
  version.place = value.place();
  return version;
}

std::string BlankAround(const std::string& bytes, Span keep) {
  keep.end = std::min(keep.end, bytes.size());
  keep.begin = std::min(keep.begin, keep.end);
  std::string out = bytes.substr(0, keep.end);
  for (size_t i = 0; i < keep.begin; ++i) {
    // Blanks for continuation bytes too: columns are counted in characters, so those lines keep
    // theirs only when they are ASCII, and nothing on them is ever pointed at.
    if (out[i] != '\n' && out[i] != '\r') out[i] = ' ';
  }
  return out;
}

std::string BaseName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

void Draft::AddDocument(const std::string& path, const Document& document) {
  if (!path.starts_with('/')) return;
  const yaml::Stream& stream = *document.stream;
  const bool whole = stream.documents() == 1 && document.root.id() == stream.root().id();
  files->Add(path,
             whole ? stream.bytes() : BlankAround(stream.bytes(), document.root.place().bytes));
  node.shown_as[path] = stream.file();
}

void Draft::AddText(const std::string& path, const yaml::Value& scalar) {
  if (!path.starts_with('/') || !scalar.is_scalar()) return;
  const yaml::Stream& stream = *scalar.stream();
  const std::string& text = scalar.text();
  if (scalar.node().style == yaml::Style::kLiteral && !text.starts_with("-----BEGIN")) {
    // The block's lines keep their places; its indentation does not matter to YAML or TOML.
    Span block = scalar.place().bytes;
    const size_t header = stream.bytes().find('\n', block.begin);
    if (header != std::string::npos && header < block.end) block.begin = header + 1;
    files->Add(path, BlankAround(stream.bytes(), block));
    node.shown_as[path] = stream.file();
    return;
  }
  files->Add(path, text);
  node.shown_as[path] = fmt::format("{} (in {})", path, stream.file());
}

}  // namespace seawall::cluster
