#include <algorithm>

#include "base/text.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

std::vector<Fix> Assemble() {
  std::vector<Fix> fixes;
  for (const std::span<const Fix> part :
       {FileFixes(), EtcdFixes(), ControlPlaneFixes(), AuthorizationFixes(), AdmissionFixes(),
        AuthenticationFixes(), AuditFixes(), KubeletFixes()}) {
    fixes.insert(fixes.end(), part.begin(), part.end());
  }
  return fixes;
}

}  // namespace

std::span<const Fix> AllFixes() {
  static const std::vector<Fix> fixes = Assemble();
  return fixes;
}

const Fix* FindFix(std::string_view rule) {
  for (const Fix& fix : AllFixes()) {
    if (fix.rule == rule) return &fix;
  }
  return nullptr;
}

std::string WhyNoFix(const rules::Rule& rule) {
  for (const NoFix& none : NoFixes()) {
    if (rule.id == std::string_view(none.rule)) return none.why;
  }
  const std::string_view id = rule.id;
  if (rule.row == std::string_view("6b"))
    return "encryption at rest is changed in steps between which every object is rewritten: that "
           "is not this command's work";
  if (rule.manual) return "only a person can judge it";
  if (rule.row == std::string_view("1")) return "nothing that an edit of a file can mend";
  if (id.ends_with("-written-once") || id.ends_with("-known-settings") ||
      id.ends_with("-heeded-settings") || id.ends_with("-deprecated-settings") ||
      id.ends_with("-starts"))
    return "only whoever wrote it knows what it was meant to be";
  if (id.find("certificate") != std::string_view::npos || id.starts_with("ca-") ||
      id.find("keys") != std::string_view::npos || id.find("identity") != std::string_view::npos)
    return "certificates have to be issued";
  return "seawall has no fix for it yet";
}

}  // namespace seawall::harden
