#include "review/objects.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace seawall::review {
namespace {

constexpr const char* kVersion = "rbac.authorization.k8s.io/v1";
constexpr const char* kGroup = "rbac.authorization.k8s.io";

/// Words that some reader of YAML takes for a boolean or for nothing.
constexpr std::string_view kWords[] = {"y",   "n",    "yes",   "no",   "on",
                                       "off", "true", "false", "null", "nan"};

bool IsPlain(std::string_view text) {
  if (text.empty() || text.size() > 200) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text[0]) && text[0] != '/') return false;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && std::string_view("-./_:").find(c) == text.npos)
      return false;
  }
  if (text.ends_with(':')) return false;
  return std::ranges::find(kWords, Lower(text)) == std::end(kWords);
}

void AppendEscaped(std::string& out, const Utf8& character, std::string_view text, size_t at) {
  const char32_t code = character.code;
  if (!character.valid) {
    out += "\\uFFFD";
  } else if (code == '"' || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (code < 0x20 || (code >= 0x7F && code < 0xA0)) {
    out += fmt::format("\\u{:04X}", static_cast<uint32_t>(code));
  } else if (code < 0x7F) {
    out += static_cast<char>(code);
  } else if (code >= 0x10000) {
    out += fmt::format("\\U{:08X}", static_cast<uint32_t>(code));
  } else if ((code >= 0x2000 && code < 0x2070) || code == 0xFEFF || code >= 0xFFF0) {
    out += fmt::format("\\u{:04X}", static_cast<uint32_t>(code));
  } else {
    out += text.substr(at, character.length);
  }
}

std::string MetadataYaml(const GrantSpec& grant) {
  std::string text = fmt::format("metadata:\n  name: {}\n", YamlText(grant.name));
  if (!grant.cluster) text += fmt::format("  namespace: {}\n", YamlText(grant.space));
  if (grant.annotations.empty()) return text;
  text += "  annotations:\n";
  for (const auto& [key, value] : grant.annotations)
    text += fmt::format("    {}: {}\n", key, YamlText(value));
  return text;
}

std::string SubjectYaml(const SubjectSpec& subject) {
  if (subject.kind == "ServiceAccount") {
    return fmt::format("- kind: ServiceAccount\n  name: {}\n  namespace: {}\n",
                       YamlText(subject.name), YamlText(subject.space));
  }
  return fmt::format("- kind: {}\n  apiGroup: {}\n  name: {}\n", subject.kind, kGroup,
                     YamlText(subject.name));
}

}  // namespace

std::string YamlText(std::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    const Utf8 character = DecodeUtf8(text, at);
    AppendEscaped(out, character, text, at);
    at += character.length;
  }
  return out + "\"";
}

std::string YamlList(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  items.reserve(texts.size());
  for (const std::string& text : texts) items.push_back(YamlText(text));
  return "[" + Join(items, ", ") + "]";
}

std::string YamlComment(std::string_view text, std::string_view indent) {
  std::string out;
  for (const std::string_view line : Split(text, '\n'))
    out += std::string(TrimRight(fmt::format("{}# {}", indent, Printable(line)))) + "\n";
  return out;
}

std::string RulesYaml(const std::vector<RuleSpec>& rules) {
  if (rules.empty()) return "rules: []\n";
  std::string text = "rules:\n";
  for (const RuleSpec& rule : rules) {
    if (!rule.comment.empty()) text += YamlComment(rule.comment);
    if (!rule.urls.empty()) text += fmt::format("- nonResourceURLs: {}\n", YamlList(rule.urls));
    if (!rule.resources.empty() || !rule.groups.empty()) {
      text += fmt::format("{}apiGroups: {}\n  resources: {}\n", rule.urls.empty() ? "- " : "  ",
                          YamlList(rule.groups), YamlList(rule.resources));
    }
    if (!rule.names.empty()) text += fmt::format("  resourceNames: {}\n", YamlList(rule.names));
    text += fmt::format("  verbs: {}\n", YamlList(rule.verbs));
  }
  return text;
}

std::string GrantYaml(const GrantSpec& grant) {
  const char* kind = grant.cluster ? "ClusterRole" : "Role";
  std::string text = fmt::format("---\napiVersion: {}\nkind: {}\n{}{}", kVersion, kind,
                                 MetadataYaml(grant), RulesYaml(grant.rules));
  text += fmt::format(
      "---\napiVersion: {}\nkind: {}Binding\n{}roleRef:\n  apiGroup: {}\n  kind: {}\n  name: {}\n"
      "subjects:\n",
      kVersion, kind, MetadataYaml(grant), kGroup, kind, YamlText(grant.name));
  for (const SubjectSpec& subject : grant.subjects) text += SubjectYaml(subject);
  return text;
}

}  // namespace seawall::review
