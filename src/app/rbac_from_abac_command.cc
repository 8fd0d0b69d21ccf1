// `seawall rbac from-abac`: an ABAC policy as RBAC objects.
#include <fmt/format.h>

#include <cstdio>

#include "app/app.h"
#include "app/confine.h"
#include "app/rbac_inputs.h"
#include "app/run.h"
#include "app/terminal.h"
#include "base/text.h"
#include "report/json_writer.h"
#include "review/abac_convert.h"

namespace seawall::app {
namespace {

constexpr const char* kStock = "kubernetes-1.37";

Result<review::Discovery> ReadAllDiscovery(const Arguments& arguments) {
  review::Discovery discovery;
  std::vector<std::string> files;
  for (const std::string& name : arguments.All("discovery")) {
    if (name != kStock) files.push_back(name);
  }
  if (files.size() < arguments.All("discovery").size()) discovery = review::BuiltInDiscovery();
  auto read = ReadManifestFiles(files);
  if (!read) return std::unexpected(read.error());
  for (NamedBytes& file : *read) {
    if (auto ok = review::ReadDiscovery(file.name, std::move(file.bytes), discovery); !ok)
      return std::unexpected(ok.error());
  }
  return discovery;
}

/// What a person has to decide, line by line.
std::string InexactText(const review::AbacPolicy& policy, const review::Inexact& inexact,
                        bool widen) {
  return fmt::format("{}:{}: not exact: {}\n  narrower{}: {}\n  wider{}: {}\n", policy.file,
                     inexact.line, inexact.why, widen ? "" : " (chosen)", inexact.narrower,
                     widen ? " (chosen)" : " (--widen)", inexact.wider);
}

std::string AsYaml(const review::AbacPolicy& policy, const review::Converted& converted,
                   bool widen) {
  std::string text;
  for (const review::Inexact& inexact : converted.inexact)
    text += review::YamlComment(TrimRight(InexactText(policy, inexact, widen)));
  for (const uint32_t line : converted.nobody)
    text += review::YamlComment(fmt::format("{}:{}: about nobody", policy.file, line));
  for (const review::GrantSpec& grant : converted.grants) text += review::GrantYaml(grant);
  return text;
}

std::string AsJson(const review::AbacPolicy& policy, const review::Converted& converted,
                   bool widen) {
  report::JsonText json;
  auto& out = json.writer();
  out.StartObject();
  report::Field(out, "schemaVersion", "1.0");
  report::Field(out, "file", policy.file);
  report::Field(out, "lines", static_cast<int64_t>(policy.lines.size()));
  report::Field(out, "widened", widen);
  out.Key("inexact");
  out.StartArray();
  for (const review::Inexact& inexact : converted.inexact) {
    out.StartObject();
    report::Field(out, "line", static_cast<int64_t>(inexact.line));
    report::Field(out, "gap", review::ToString(inexact.gap));
    report::Field(out, "why", inexact.why);
    report::Field(out, "narrower", inexact.narrower);
    report::Field(out, "wider", inexact.wider);
    out.EndObject();
  }
  out.EndArray();
  out.Key("nobody");
  out.StartArray();
  for (const uint32_t line : converted.nobody) out.Uint(line);
  out.EndArray();
  std::string yaml;
  for (const review::GrantSpec& grant : converted.grants) yaml += review::GrantYaml(grant);
  report::Field(out, "grants", static_cast<int64_t>(converted.grants.size()));
  report::OwnField(out, "yaml", yaml);
  out.EndObject();
  return json.Take() + "\n";
}

void Tell(const review::AbacPolicy& policy, const review::Converted& converted, bool widen) {
  std::string text;
  for (const review::Inexact& inexact : converted.inexact)
    text += "seawall: " + PrintableLines(InexactText(policy, inexact, widen));
  std::fputs(text.c_str(), stderr);
}

}  // namespace

Result<int> RunFromAbac(const Arguments& arguments) {
  if (auto ok = Confine(arguments, ProfileOf(arguments, {}, false, Speaks::kNobody)); !ok)
    return std::unexpected(ok.error());
  auto files = ReadManifestFiles({arguments.positional[0]});
  if (!files) return std::unexpected(files.error());
  if (files->size() != 1)
    return Fail(ErrorCode::kUsage, "read an ABAC policy", arguments.positional[0],
                "a folder, where a policy is one file", "name the file");
  auto policy = review::ReadAbac((*files)[0].name, (*files)[0].bytes);
  if (!policy) return std::unexpected(policy.error());
  auto discovery = ReadAllDiscovery(arguments);
  if (!discovery) return std::unexpected(discovery.error());
  const bool widen = arguments.Has("widen");
  const review::Converted converted = review::Convert(
      *policy, {.discovery = arguments.Has("discovery") ? &*discovery : nullptr, .widen = widen});
  if (!arguments.Has("quiet")) Tell(*policy, converted, widen);
  auto ok = WriteOut(arguments.Get("output", "yaml") == "json" ? AsJson(*policy, converted, widen)
                                                               : AsYaml(*policy, converted, widen));
  if (!ok) return std::unexpected(ok.error());
  return converted.inexact.empty() ? kExitClean : kExitUnknown;
}

}  // namespace seawall::app
