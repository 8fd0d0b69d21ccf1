#include "harden/edit_variable.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/env_file.h"
#include "cluster/goflag.h"
#include "harden/edit_flags.h"
#include "harden/edit_parts.h"
#include "harden/edit_yaml.h"

namespace seawall::harden {
namespace {

using cluster::Component;
using cluster::Node;
using cluster::Variable;

std::unexpected<Error> Refused(const Variable& variable, std::string why) {
  const Place& place = variable.place;
  return Fail(
      ErrorCode::kUnsupported, "edit " + variable.name,
      place.line == 0 ? place.file : fmt::format("{}:{}:{}", place.file, place.line, place.column),
      std::move(why), "edit it by hand");
}

/// What means itself with and without quotes, in environment files and in units.
bool IsPlain(std::string_view text) {
  return text.find_first_of(" \t\r\n\"'\\$#%`;") == std::string_view::npos;
}

/// The bytes of the value, when they are the value as it is.
std::optional<Span> ValueOf(const Variable& variable, std::string_view bytes) {
  const size_t begin = variable.place.bytes.begin;
  const bool same = !variable.value.empty() && variable.unknown.empty() && begin <= bytes.size() &&
                    bytes.substr(begin).starts_with(variable.value);
  if (!same || !IsPlain(variable.value)) return std::nullopt;
  return Span{begin, begin + variable.value.size()};
}

/// Whether the value is that of an assignment of an environment file. A unit's "Environment=A=b"
/// looks like one, too, of a variable `Environment`.
bool StandsInEnvFile(const Variable& variable, std::string_view bytes) {
  for (const cluster::EnvAssignment& line : cluster::ReadEnvFile(bytes)) {
    if (line.name == variable.name && !line.value.raw.empty() &&
        line.value.raw.front() == variable.place.bytes.begin)
      return true;
  }
  return false;
}

/// A word of a unit's Environment= with the quotes around it, or around its value.
Result<Touches> EditUnit(const Variable& variable, std::string_view bytes, Span value,
                         const std::optional<std::string>& wanted) {
  const size_t line = LineBegin(bytes, value.begin);
  const std::string_view directive = bytes.substr(line, value.begin - line);
  const size_t equals = directive.find('=');
  const bool environment = equals != std::string_view::npos &&
                           Trim(directive.substr(0, equals)) == "Environment" &&
                           directive.ends_with(variable.name + "=");
  if (!environment) return Refused(variable, "it does not stand in an Environment= line as it is");
  if (IsDistributionFile(variable.place.file))
    return Refused(variable, "its file belongs to the distribution");
  if (wanted)
    return Touches{
        Touch::Splice(variable.place.file, {value.begin, value.end - value.begin, *wanted})};
  size_t begin = value.begin - variable.name.size() - 1;
  size_t end = value.end;
  const char quote = bytes[begin - 1];
  if (quote == '"' || quote == '\'') {
    if (end >= bytes.size() || bytes[end] != quote)
      return Refused(variable, "more stands within its quotes");
    --begin;
    ++end;
  }
  const size_t first = bytes.find_first_not_of(" \t", line + equals + 1);
  const size_t behind = bytes.find_first_not_of(" \t", end);
  const bool last = behind == std::string_view::npos || bytes[behind] == '\n' ||
                    bytes.substr(behind).starts_with("\r\n");
  if (first == begin && last) {
    // "Environment=" alone would take away what was set before it.
    begin = line;
    end = LineEnd(bytes, value.end);
  } else if (first == begin) {
    end = behind;
  } else {
    while (begin > line && (bytes[begin - 1] == ' ' || bytes[begin - 1] == '\t')) --begin;
  }
  return Touches{Touch::Splice(variable.place.file, {begin, end - begin, ""})};
}

/// `value:` of an entry of a container's env.
Result<Touches> EditManifest(const Node& node, const Variable& variable,
                             const std::optional<std::string>& wanted) {
  const auto& stream = node.Yaml(variable.place.file);
  if (!stream) return std::unexpected(stream.error());
  for (yaml::NodeId id = 0; id < stream->size(); ++id) {
    const yaml::Node& scalar = stream->node(id);
    if (scalar.kind != yaml::Kind::kScalar || scalar.value != variable.value ||
        scalar.span.begin > variable.place.bytes.begin ||
        variable.place.bytes.end > scalar.span.end || scalar.parent == yaml::kNone)
      continue;
    const yaml::Node& entry = stream->node(scalar.parent);
    if (entry.kind != yaml::Kind::kMapping) continue;
    YamlEdit edit{YamlEdit::Kind::kReplace, id, 0, "", Fresh::Text(wanted.value_or(""))};
    if (!wanted) {
      const yaml::NodeId list = entry.parent;
      if (list == yaml::kNone || stream->node(list).kind != yaml::Kind::kSequence) break;
      edit = {YamlEdit::Kind::kRemoveItem, list, entry.index, "", {}};
    }
    auto splice = SpliceFor(*stream, edit);
    if (!splice) return std::unexpected(splice.error());
    return Touches{Touch::Splice(variable.place.file, std::move(*splice))};
  }
  return Refused(variable, "its value does not stand in the manifest as it is");
}

}  // namespace

Result<Touches> EditVariable(const Node& node, const Component& component, const std::string& flag,
                             const std::optional<std::string>& value) {
  const Variable* found = cluster::FindVariable(component.command, cluster::EtcdVariable(flag));
  if (found == nullptr)
    return Fail(ErrorCode::kUnsupported, "edit " + cluster::EtcdVariable(flag), "",
                "no file says where it comes from", "edit it by hand");
  const Variable& variable = *found;
  const std::string& file = variable.place.file;
  if (component.run_by == cluster::RunBy::kStaticPod && file == component.where.file)
    return EditManifest(node, variable, value);
  const auto& bytes = node.Bytes(file);
  if (!bytes) return std::unexpected(bytes.error());
  const auto span = ValueOf(variable, *bytes);
  if (!span || (value && !IsPlain(*value)))
    return Refused(variable, "its value is empty, or quotes, escapes or a variable stand in it");
  if (!StandsInEnvFile(variable, *bytes)) return EditUnit(variable, *bytes, *span, value);
  if (value) return Touches{Touch::Splice(file, {span->begin, span->end - span->begin, *value})};
  const size_t from = LineBegin(*bytes, span->begin);
  return Touches{Touch::Splice(file, {from, LineEnd(*bytes, span->begin) - from, ""})};
}

}  // namespace seawall::harden
