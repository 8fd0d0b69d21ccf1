// What each command does, one function in a file of its own. The result is the exit status.
#pragma once

#include "app/command.h"

namespace seawall::app {

Result<int> RunAudit(const Arguments& arguments);       // audit_command.cc
Result<int> RunReport(const Arguments& arguments);      // report_command.cc
Result<int> RunVerify(const Arguments& arguments);      // verify_command.cc: report verify
Result<int> RunFleet(const Arguments& arguments);       // fleet_command.cc: report --fleet
Result<int> RunProve(const Arguments& arguments);       // prove_command.cc
Result<int> RunCollect(const Arguments& arguments);     // collect_command.cc
Result<int> RunBundle(const Arguments& arguments);      // bundle_command.cc
Result<int> RunHarden(const Arguments& arguments);      // harden_command.cc
Result<int> RunDiff(const Arguments& arguments);        // diff_command.cc
Result<int> RunCanI(const Arguments& arguments);        // rbac_can_i_command.cc
Result<int> RunWhoCan(const Arguments& arguments);      // rbac_who_can_command.cc
Result<int> RunWhatCan(const Arguments& arguments);     // rbac_what_can_command.cc
Result<int> RunFromAbac(const Arguments& arguments);    // rbac_from_abac_command.cc
Result<int> RunRisks(const Arguments& arguments);       // rbac_risks_command.cc
Result<int> RunLearn(const Arguments& arguments);       // rbac_learn_command.cc
Result<int> RunReview(const Arguments& arguments);      // rbac_review_command.cc
Result<int> RunRbacDiff(const Arguments& arguments);    // rbac_diff_command.cc
Result<int> RunRbacGraph(const Arguments& arguments);   // rbac_graph_command.cc
Result<int> RunMinimize(const Arguments& arguments);    // rbac_minimize_command.cc
Result<int> RunLint(const Arguments& arguments);        // rbac_minimize_command.cc
Result<int> RunRules(const Arguments& arguments);       // rules_command.cc
Result<int> RunExplain(const Arguments& arguments);     // rules_command.cc
Result<int> RunCompletion(const Arguments& arguments);  // completion.cc
Result<int> RunMan(const Arguments& arguments);         // man.cc
Result<int> RunConfig(const Arguments& arguments);      // config_command.cc
Result<int> RunVersion(const Arguments& arguments);     // version_command.cc
Result<int> RunHelp(const Arguments& arguments);        // help.cc

/// The help page of one command, wrapped for a terminal of `width` columns.
std::string HelpPage(const Command& command, size_t width);
/// The page of a group of commands: `seawall rbac`.
std::string GroupPage(std::string_view group, size_t width);
/// The page that `seawall` and `seawall help` print.
std::string Overview(size_t width);

}  // namespace seawall::app
