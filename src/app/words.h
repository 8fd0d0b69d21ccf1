// Every command of seawall by name. The words of each stand in the file of its group; the order in
// which help lists them stands in commands.cc.
#pragma once

#include "app/command.h"

namespace seawall::app {

constexpr int kMostFiles = 100000;  ///< that one command line names

/// What -o takes where a report is written.
constexpr const char* kFormats = "text json jsonl sarif junit html metrics csv policyreport";

extern const Command kAuditCommand;
extern const Command kReportCommand;
extern const Command kProveCommand;
extern const Command kCollectCommand;
extern const Command kBundleCommand;
extern const Command kHardenCommand;
extern const Command kDiffCommand;
extern const Command kCanICommand;
extern const Command kWhoCanCommand;
extern const Command kWhatCanCommand;
extern const Command kFromAbacCommand;
extern const Command kRisksCommand;
extern const Command kLearnCommand;
extern const Command kReviewCommand;
extern const Command kRbacDiffCommand;
extern const Command kGraphCommand;
extern const Command kMinimizeCommand;
extern const Command kLintCommand;
extern const Command kRulesCommand;
extern const Command kExplainCommand;
extern const Command kConfigCommand;
extern const Command kCompletionCommand;
extern const Command kManCommand;
extern const Command kVersionCommand;
extern const Command kHelpCommand;

}  // namespace seawall::app
