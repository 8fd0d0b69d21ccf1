// The words of `seawall rbac review`.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kReviewOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--audit-log", 0, "[NAME=]FILE", true, nullptr,
     "Audit logs, as `seawall rbac learn` reads them: a file, a folder (each of its folders is "
     "another API server's), or - for standard input. NAME is the API server's; without it, the "
     "file's name tells servers apart."},
    {"--follow", 0, "[NAME=]FILE", true, nullptr,
     "Go on reading this log, however it is rotated, until SIGTERM or Ctrl-C. The objects of a "
     "cluster are watched meanwhile."},
    {"--audit-policy", 0, "FILE", true, nullptr,
     "The audit policy in force, of each API server: what it does not record is unknown. Without "
     "it, what the logs have of a resource they are taken to have of everybody."},
    {"--since", 0, "TIME", false, nullptr,
     "The window, as in 90d: what was used before it is unused. Default: as far as all logs "
     "reach."},
    {"--at", 0, "TIME", false, nullptr,
     "The end of the window, RFC 3339. Default: the newest event."},
    {"--gap", 0, "TIME", false, nullptr,
     "Silence of a log that counts as a gap, as in 1h. Default: twenty times its usual pauses, "
     "between an hour and a day."},
    {"--break-glass", 0, "NAME", true, nullptr,
     "A subject, binding or role for emergencies, which stays although nobody uses it; * stands "
     "for anything. What is called break-glass or emergency is one."},
    {"--state", 0, "FILE", false, nullptr,
     "Remember here what the logs said, and go on from there: logs are read once and can be "
     "thrown away."},
    {"--metrics", 0, "FILE", false, nullptr,
     "Also write numbers for Prometheus' textfile collector."},
    {"--every", 0, "TIME", false, nullptr,
     "With --follow: how often state and metrics are written. Default: 10s."},
    {"--apply", 0, nullptr, false, nullptr,
     "With --kubeconfig: take away from the cluster what the proposal takes away, with a journal; "
     "`seawall harden rollback` takes it back."},
    {"--yes", 0, nullptr, false, nullptr, "With --apply: do it without asking."},
    {"--dry-run", 0, nullptr, false, nullptr,
     "With --apply: everything but the changes themselves; the API server is asked whether it "
     "would "
     "make them."},
    {"--root", 0, "DIR", false, nullptr,
     "With --apply: the journal lies below DIR/var/lib/seawall. Default: /."},
    {"--take-over", 0, nullptr, false, nullptr,
     "With --apply: take the cluster's lock over; whoever holds it is gone for certain."},
    {"--all-servers", 0, nullptr, false, nullptr,
     "With --apply: the logs hold the events of every API server, although they are fewer."},
    {"--strict", 0, nullptr, false, nullptr,
     "An unknown field of a manifest, and a damaged line, is an error."},
    {"--output", 'o', "FORMAT", false, "text json html yaml diff",
     "text, json, html: the report; html is one page that asks no network. yaml, diff: the "
     "proposal, as objects or as what changes."},
    {"--quiet", 'q', nullptr, false, nullptr, "No remarks, no damaged lines one by one."},
    {"--verbose", 'v', nullptr, false, nullptr, "Also what is used, and the whole time line."},
};
constexpr Example kReviewExamples[] = {
    {"seawall rbac review -f rbac.json --audit-log /var/log/kubernetes/audit/ --audit-policy "
     "/etc/kubernetes/audit-policy.yaml --since 90d",
     "what nobody used for three months"},
    {"seawall rbac review -f rbac.json --audit-log cp-0=a.log --audit-log cp-1=b.log --state "
     "review.state -o diff",
     "what to take away, remembering what was read"},
    {"sudo seawall rbac review --kubeconfig /etc/kubernetes/admin.conf --audit-log "
     "/var/log/kubernetes/audit/ --audit-policy /etc/kubernetes/audit-policy.yaml --since 90d "
     "--apply",
     "take it away, after a question; taken back by `seawall harden rollback`"},
    {"seawall rbac review -f rbac.json --follow /var/log/kubernetes/audit/audit.log --state "
     "/var/lib/seawall/review --metrics /var/lib/node_exporter/seawall.prom",
     "continuously, with numbers to alert on"},
};

}  // namespace

const Command kReviewCommand = {
    "rbac review",
    "",
    0,
    0,
    "Find what is granted and not used",
    "Holds RBAC against audit logs: for every user, group and service account what it uses, what "
    "it never used, what it has through a wildcard only, and who never came. What the audit "
    "policy does not record, and what may have happened while a log was silent or is damaged, is "
    "unknown and never unused. Grants for emergencies, of nodes and of the cluster itself are left "
    "alone. The proposal takes away what was unused, and is proven to keep everything that was "
    "used.\n\n"
    "Exit status: 1 something is unused, 3 nothing but unknown, otherwise 0. With --follow: 0 "
    "after "
    "SIGTERM, 130 after Ctrl-C. With --apply: 0 done and proven, 1 rolled back, everything is as "
    "before, 2 refused, nothing was changed, 3 done, but a proof could not be made.",
    kReviewOptions,
    kReviewExamples,
    RunReview,
    ""};

}  // namespace seawall::app
