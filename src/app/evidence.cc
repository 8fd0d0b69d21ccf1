#include "app/evidence.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "app/version.h"
#include "base/text.h"
#include "report/record.h"
#include "report/rule_report.h"
#include "x509/ed25519.h"

namespace seawall::app {
namespace {

/// The user's name as /etc/passwd has it: asking a directory service would be a use of the network.
std::string NameOfUser(uid_t uid) {
  std::ifstream users("/etc/passwd");
  for (std::string line; std::getline(users, line);) {
    const auto fields = Split(line, ':');
    if (fields.size() > 2 && ParseInt(fields[2]) == static_cast<int64_t>(uid))
      return std::string(fields[0]);
  }
  return fmt::format("uid {}", uid);
}

/// "alice@host", "alice as root@host" behind sudo.
std::string Operator() {
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host.clear();
  host.resize(host.find('\0') == std::string::npos ? host.size() : host.find('\0'));
  std::string user = NameOfUser(geteuid());
  const char* before = std::getenv("SUDO_USER");
  if (geteuid() == 0 && before != nullptr && *before != '\0')
    user = fmt::format("{} as {}", before, user);
  return fmt::format("{}@{}", user, host);
}

std::string DigestOfProgram() {
  std::ifstream program("/proc/self/exe", std::ios::binary);
  if (!program) return "";
  std::stringstream bytes;
  bytes << program.rdbuf();
  return x509::DigestOfBytes(bytes.view());
}

std::string DigestOfRules() {
  std::vector<const rules::Rule*> all;
  for (const rules::Rule& rule : rules::AllRules()) all.push_back(&rule);
  return x509::DigestOfBytes(report::RulesAsJson(all));
}

}  // namespace

report::RunEvidence BeginEvidence(const Arguments& arguments, const rules::Selection& selection,
                                  int64_t at) {
  report::RunEvidence evidence;
  evidence.who = report::Safe(arguments.Get("operator", Operator()));
  evidence.begin = at != 0 ? at : static_cast<int64_t>(std::time(nullptr));
  evidence.end = evidence.begin;
  evidence.tool_version = kVersion;
  evidence.tool_digest = DigestOfProgram();
  evidence.rules_digest = DigestOfRules();
  evidence.rules = rules::AllRules().size();
  evidence.asked = rules::Select(selection).size();
  return evidence;
}

}  // namespace seawall::app
