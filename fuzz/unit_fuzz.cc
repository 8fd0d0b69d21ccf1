// systemd units: directives, the words of their commands with specifiers and variables, and what a
// shell among them would run.
#include "base/place.h"
#include "cluster/exec_line.h"
#include "cluster/shell_line.h"
#include "cluster/unit_file.h"
#include "require.h"

using namespace seawall;
using namespace seawall::cluster;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::make_shared<const TextFile>("/etc/systemd/system/kubelet.service",
                                                     std::string(fuzz::Text(data, size)));
  const Locate locate = [&](const std::string&, size_t begin, size_t end) {
    fuzz::Require(begin <= end && end <= size, "a place lies in the file");
    return Place{};
  };
  UnitContext context;
  context.unit = "kubelet@a.service";
  context.hostname = "node";
  for (const Directive& directive : ReadUnitFile(file)) {
    fuzz::Require(directive.begin <= size, "a value begins in the file");
    bool complete = false;
    (void)SplitUnitWords(directive.value, &complete);
    if (directive.key == "Environment") {
      context.environment.push_back({"A", directive.value, directive.begin, "f", ""});
    }
    for (const ExecCommand& command : ReadExecLine(directive, context, locate)) {
      for (const Argument& word : command.words) (void)ReadShellLine(word, {}, locate);
    }
  }
  return 0;
}
