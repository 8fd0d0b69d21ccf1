#include <fmt/format.h>

#include "app/app.h"
#include "app/run.h"
#include "app/terminal.h"
#include "app/version.h"
#include "report/json_writer.h"
#include "rules/rule.h"
#include "sandbox/sandbox.h"

namespace seawall::app {

Result<int> RunVersion(const Arguments& arguments) {
  std::string text;
  if (arguments.Get("output", "text") == "json") {
    report::JsonText json;
    auto& out = json.writer();
    out.StartObject();
    report::Field(out, "schemaVersion", "1.0");
    report::Field(out, "name", "seawall");
    report::Field(out, "version", kVersion);
    report::Field(out, "rules", static_cast<int64_t>(rules::AllRules().size()));
    report::Field(out, "kubernetes", kKubernetesTables);
    report::Field(out, "etcd", kEtcdTables);
    report::Field(out, "cis", "1.12");
    const sandbox::Support sandbox = sandbox::Supported();
    out.Key("sandbox");
    out.StartObject();
    report::Field(out, "landlock", static_cast<int64_t>(sandbox.landlock));
    report::Field(out, "seccomp", sandbox.seccomp);
    out.EndObject();
    out.EndObject();
    text = json.Take() + "\n";
  } else {
    text = fmt::format(
        "seawall {}\nrules: {} (CIS Kubernetes Benchmark 1.12)\ntables: Kubernetes {}, etcd {}\n",
        kVersion, rules::AllRules().size(), kKubernetesTables, kEtcdTables);
    if (arguments.Has("verbose")) {
      text += fmt::format("sandbox of this kernel: {}\n", sandbox::Describe(sandbox::Supported()));
    }
  }
  if (auto ok = WriteOut(text); !ok) return std::unexpected(ok.error());
  return kExitClean;
}

}  // namespace seawall::app
