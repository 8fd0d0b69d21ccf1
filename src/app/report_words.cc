// The words of the commands that read stored reports: options, examples, description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kReportOptions[] = {
    {"--fleet", 0, nullptr, false, nullptr,
     "A matrix of controls and clusters, with the trend since the result before. The newest two "
     "results of each cluster count. -o is then text, json, html or csv."},
    {"--fail-on", 0, "KIND", true, "critical high medium low new unknown manual",
     "What decides the exit status, as in `seawall audit`. With --fleet, new is measured against "
     "the cluster's result before."},
    {"--baseline", 0, "FILE", false, nullptr,
     "An earlier report: only what is new since then decides the exit status."},
    {"--waivers", 0, "FILE", false, nullptr,
     "Findings that are accepted, with a reason and until a day. No file is looked for."},
    {"--attestations", 0, "FILE", false, nullptr,
     "What a person has judged, with the digest of the evidence and until a day. No file is "
     "looked for."},
    options::kPolicy,
    options::kFramework,
    {"--evidence", 0, nullptr, false, nullptr,
     "Refuse a report that does not say who audited what, with what and when."},
    options::kSign,
    {"--signature", 0, "FILE", false, nullptr,
     "Of `report verify`: the signature. Default: FILE.sig."},
    {"--key", 0, "PUB.pem", false, nullptr,
     "Of `report verify`: the public key of whom you expect to have signed it."},
    {"--at", 0, "TIME", false, nullptr,
     "Waivers hold or have ended as of this moment, RFC 3339. Default: the report's, else now."},
    options::kReportFormats,
    options::kOnlyFailing,
    options::kVerbose,
};

constexpr Example kReportExamples[] = {
    {"seawall report audit.json", "what a stored audit said, for the eye"},
    {"seawall report audit.json -o sarif=audit.sarif -o csv=audit.csv", "in other formats"},
    {"ssh cp-0 sudo seawall audit -o json | seawall report -", "another machine's"},
    {"seawall report cp-0.json cp-1.json w-0.json -o html=cluster.html", "several in one"},
    {"seawall report audit.json --waivers agreed.yaml --fail-on high", "judged again"},
    {"seawall report --fleet east=east.json west=west.json", "clusters side by side"},
    {"seawall report verify audit.json --key auditor.pem", "whether it is what was signed"},
};

constexpr Option kDiffOptions[] = {
    {"--output", 'o', "FORMAT[=FILE]", true, "text json",
     "Format, on standard output or in a file; repeat it for both."},
};

constexpr Example kDiffExamples[] = {
    {"seawall diff yesterday.json today.json", "what is new, changed, gone and fixed"},
    {"seawall diff before.json after.json -o json", "for a program to read"},
};

}  // namespace

constinit const Command kReportCommand = {
    "report",
    "[NAME=]FILE...",
    1,
    kMostFiles,
    "Write stored reports again",
    "Reads what `seawall audit -o json` wrote (- for standard input) and writes it in other "
    "formats, byte for byte what the audit itself would have written. Of several files it makes "
    "one report; NAME=FILE puts NAME/ before the names of its nodes. A file that is damaged, "
    "changed or of another major version is refused. The exit status is the audit's, unless "
    "--fail-on, --baseline or --waivers judge it again.\n\n"
    "With --fleet, NAME is the cluster; without it the file's name is, without the day and time "
    "at its end.\n\n"
    "`seawall report verify FILE --key PUB.pem` tells, offline, whether FILE is what --sign "
    "signed: exit status 0 when it is, 1 when it is not.",
    kReportOptions,
    kReportExamples,
    RunReport,
    ""};

constinit const Command kDiffCommand = {
    "diff",
    "BEFORE AFTER",
    2,
    2,
    "Compare two stored audits",
    "Compares two files that `seawall audit -o json` wrote. A finding is the same one when rule, "
    "node, component and instance are. Says of each difference whether what was seen changed, or "
    "only the rule that judges it.\n\n"
    "Exit status: 1 when something fails that did not; 3 when nothing does, but something became "
    "unknown, or something that failed is no longer looked at; else 0.",
    kDiffOptions,
    kDiffExamples,
    RunDiff,
    ""};

}  // namespace seawall::app
