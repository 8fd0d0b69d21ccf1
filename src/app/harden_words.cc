// The words of `seawall harden`: options, examples, description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kHardenOptions[] = {
    {"--root", 0, "DIR", false, nullptr,
     "The node whose file tree lies below DIR: a golden image, a backup to be restored. Nothing "
     "outside of DIR is touched. Without it: this machine, live."},
    {"--offline", 0, nullptr, false, nullptr,
     "apply, rollback: the tree is not running. Nothing is restarted; the proofs that are still to "
     "be made are listed."},
    {"--ssh", 0, "[USER@]HOST,…", true, nullptr,
     "These machines, one after the other, over OpenSSH's client and its ssh_config: each by this "
     "program, which is copied there and removed. apply stops at the first that is not done and "
     "proven."},
    {"--canary", 0, "HOST", false, nullptr,
     "With --ssh, apply: this one first, and the others only if everything was proven on it."},
    {"--ssh-config", 0, "FILE", false, nullptr, "With --ssh: the ssh_config (ssh -F)."},
    {"--sudo", 0, nullptr, false, nullptr,
     "With --ssh: run there by `sudo -n`, which must not ask for a password."},
    {"--remote-dir", 0, "DIR", false, nullptr,
     "With --ssh: where a private folder is made for the time. Default: /tmp, else /var/tmp."},
    {"--ssh-timeout", 0, "TIME", false, nullptr,
     "With --ssh: for all that is done on one host. Default: 1h."},
    {"--yes", 0, nullptr, false, nullptr, "apply, rollback, prune: do it without asking."},
    {"--dry-run", 0, nullptr, false, nullptr,
     "apply, rollback, prune: everything but the changes themselves."},
    {"--confirm", 0, "TIME", false, nullptr,
     "apply, live: take everything back after that time, as in 5m, unless `seawall harden confirm` "
     "comes; also when this program or its terminal is gone."},
    {"--break-glass", 0, "FILE", false, nullptr,
     "apply, live: the kubeconfig whose client certificate has to open the cluster before and "
     "after "
     "etcd, authentication or authorization is changed. Default: /etc/kubernetes/super-admin.conf, "
     "admin.conf, or those of k3s, RKE2 and k0s."},
    {"--without-break-glass", 0, nullptr, false, nullptr,
     "apply, live: consent to change them without such a credential."},
    {"--without-snapshot", 0, nullptr, false, nullptr,
     "apply, live: consent to change them without a snapshot of etcd."},
    {"--holder", 0, "TEXT", false, nullptr,
     "apply, rollback, live: as whom the cluster's lock is taken, and kept for that one's next "
     "node. unlock: only if it is theirs. Default: this machine and process, and not kept."},
    {"--take-over", 0, nullptr, false, nullptr,
     "apply, rollback, live: take the cluster's lock over; whoever holds it is gone for certain."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "rollback of `rbac review --apply`: the cluster. Default: the kubeconfig that was used then."},
    options::kContext,
    {"--settle", 0, "TIME", false, nullptr,
     "apply, live: how long a component must stay well after its restart. Default: 30s."},
    {"--ready-within", 0, "TIME", false, nullptr,
     "apply, rollback, live: how long it may take from a change until the component has stayed "
     "well; then the change is taken back. Default: 3m."},
    {"--profile", 0, "NAME", false, nullptr,
     "What is wanted: recipe (the default), cis, or a file with rules:, rows: and set:."},
    {"--rules", 0, "ID", true, nullptr, "Only fixes of these rules; a comma list or repeated."},
    {"--row", 0, "ROW", true, nullptr, "Only fixes of these rows of the recipe."},
    {"--cis", 0, "ITEM", true, nullptr,
     "Only fixes for these items of the CIS Kubernetes Benchmark 1.12."},
    {"--severity", 0, "LEVEL", false, "low medium high critical",
     "Only fixes of rules of at least this severity."},
    {"--set", 0, "NAME=VALUE", true, nullptr,
     "What only a person can choose, as in audit-log-maxage=30; the plan says what it needs."},
    {"--owned-by", 0, "NAME=PATH", true, nullptr,
     "Files at or below PATH are written by NAME: they are not edited but handed over."},
    options::kComponentVersion,
    {"--at", 0, "TIME", false, nullptr, "Judge dates as of this moment, RFC 3339. Default: now."},
    {"--out", 0, "PLAN", false, nullptr,
     "plan: write the plan into this file, for apply. It holds digests and no secrets."},
    {"--untouched", 0, nullptr, false, nullptr,
     "rollback: leave files that somebody has edited since, and take back the rest."},
    {"--older-than", 0, "TIME", false, nullptr,
     "prune: only snapshots of journals that have been at rest for so long, as in 90d."},
    {"--output", 'o', "FORMAT", false, "text json unified-diff ansible kubeadm-patch rke2-config",
     "Format on standard output; status and history know text and json."},
};

constexpr Example kHardenExamples[] = {
    {"seawall harden plan --root /mnt/image", "what would be changed, and why not more"},
    {"seawall harden plan --root /mnt/image --profile cis --out image.plan", "a plan for apply"},
    {"sudo seawall harden apply --confirm 5m",
     "this machine, component by component, taken back unless confirmed"},
    {"seawall harden apply --ssh cp-0,cp-1,cp-2 --canary cp-1 --sudo",
     "a cluster's control planes, one after the other"},
    {"sudo seawall harden apply image.plan --offline --yes", "make its changes"},
    {"sudo seawall harden rollback --root /mnt/image --offline --yes", "take them back"},
    {"seawall harden plan --root /mnt/image -o unified-diff | less", "as a patch"},
};

}  // namespace

constinit const Command kHardenCommand = {
    "harden",
    "plan|apply|confirm|rollback|status|history|fsck|prune|unlock [PLAN|ID]",
    1,
    2,
    "Fix what the audit finds, and take it back",
    "plan looks for the smallest edit that cures each finding, in the very place that the setting "
    "comes from, audits the changed tree in memory, and shows the changes, whom they may cut off, "
    "and what is not done and why. apply makes the changes of a plan, each file whole or not at "
    "all, with a journal that is on the disk before the first change. On the machine itself the "
    "components are restarted one by one; each has to be well and stay so, and its proofs have to "
    "hold: otherwise everything is taken back at once. rollback takes the changes back, confirm "
    "keeps those of apply --confirm; status and history tell from the journals; fsck checks "
    "those, and prune removes the snapshots of etcd that lie beside them.\n\n"
    "Exit status of plan: 0 nothing to do, 1 changes. Of apply and rollback: 0 done; 1 rolled "
    "back, everything is as before; 2 refused, nothing was changed; 3 done in part, or a proof "
    "could not be made. Of status and fsck: 0 all is well, 1 not.",
    kHardenOptions,
    kHardenExamples,
    RunHarden,
    "harden"};

}  // namespace seawall::app
