// The words of `seawall rbac`: options, examples, description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kCanIOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--as", 0, "USER", false, nullptr,
     "Who asks. Gets the groups that impersonation gives: a service account's own, "
     "system:authenticated. Default with --kubeconfig: whom the API server takes its user for."},
    {"--as-group", 0, "GROUP", true, nullptr, "Groups of who asks."},
    options::kNamespace,
    {"--all-namespaces", 'A', nullptr, false, nullptr, "In every namespace at once."},
    options::kSubresource,
    {"--questions", 0, "FILE", false, nullptr,
     "Answer each line of a file (- for standard input): the spec of a SubjectAccessReview as "
     "JSON, whose groups are taken as they stand."},
    {"--authorization-mode", 0, "MODES", false, nullptr,
     "The API server's authorizers, a comma list as its own flag takes it. Default: those of the "
     "cluster's own API server where its pod shows them, otherwise RBAC."},
    {"--authorization-config", 0, "FILE", false, nullptr,
     "Instead: the API server's AuthorizationConfiguration."},
    {"--webhook", 0, "NAME=ANSWER", true, nullptr,
     "What an authorizing webhook answers where it is asked: allow, no-opinion or deny. Without it "
     "its answer is unknown."},
    {"--why", 0, nullptr, false, nullptr,
     "Also the binding, the role and the rule with their places."},
    {"--why-not", 0, nullptr, false, nullptr,
     "When it is not allowed: the rule that comes nearest, and the smallest one that would do."},
    options::kStrict,
    options::kAnswerFormat,
    {"--quiet", 'q', nullptr, false, nullptr, "Only the exit status; no remarks about manifests."},
};

constexpr Example kCanIExamples[] = {
    {"seawall rbac can-i get secrets -n shop --as alice --as-group devs -f rbac/ --why",
     "before the manifests are applied"},
    {"kubectl get roles,rolebindings,clusterroles,clusterrolebindings -A -o json | seawall rbac "
     "can-i create pods --subresource exec -n shop --as system:serviceaccount:shop:ci -f -",
     "what a service account may do"},
    {"seawall rbac can-i delete nodes --as alice --kubeconfig admin.conf --why",
     "in a running cluster"},
    {"seawall rbac can-i --questions questions.jsonl -f rbac/", "many at once"},
};

constexpr Option kWhoCanOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    options::kNamespace,
    {"--all-namespaces", 'A', nullptr, false, nullptr,
     "In the whole cluster, or in whichever namespace: each is told."},
    {"--name", 0, "NAME", false, nullptr, "Of which object; as RESOURCE/NAME."},
    options::kSubresource,
    {"--why", 0, nullptr, false, nullptr, "Also the rule with its place."},
    options::kStrict,
    options::kAnswerFormat,
    options::kNoRemarks,
};
constexpr Example kWhoCanExamples[] = {
    {"seawall rbac who-can get secrets -n kube-system -f rbac.json", "who reads them"},
    {"seawall rbac who-can get secrets -A --kubeconfig admin.conf", "in a running cluster"},
    {"seawall rbac who-can create pods --subresource exec -A -f rbac.json --why",
     "anywhere, with the rules"},
    {"seawall rbac who-can get /metrics -f rbac.json", "a URL"},
};

constexpr Option kWhatCanOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--as-group", 0, "GROUP", true, nullptr, "Groups that the subject is in."},
    {"--namespace", 'n', "NAMESPACE", false, nullptr,
     "What counts in this namespace only: everywhere, and there."},
    {"--why", 0, nullptr, false, nullptr, "Also the bindings, with their places."},
    options::kStrict,
    options::kAnswerFormat,
    options::kNoRemarks,
};
constexpr Example kWhatCanExamples[] = {
    {"seawall rbac what-can sa:shop/ci -f rbac.json", "a service account"},
    {"seawall rbac what-can alice --as-group devs -n shop -f rbac.json --why",
     "a user in one namespace, with the bindings"},
    {"seawall rbac what-can group:system:authenticated -f rbac.json", "everybody who logs in"},
};

constexpr Option kFromAbacOptions[] = {
    {"--discovery", 0, "FILE", true, nullptr,
     "Which subresources there are, so that they can be written out: APIResourceLists as `kubectl "
     "get --raw /api/v1` prints them, or kubernetes-1.37 for what Kubernetes itself has. Without "
     "it, a line about one resource is not exact."},
    {"--widen", 0, nullptr, false, nullptr,
     "Where RBAC cannot say what a line says: give more than it does, not less."},
    options::kYamlOrJson,
    {"--quiet", 'q', nullptr, false, nullptr,
     "Do not list on standard error what is not exact; the YAML's comments have it."},
};
constexpr Example kFromAbacExamples[] = {
    {"seawall rbac from-abac policy.jsonl --discovery kubernetes-1.37 -o yaml > rbac.yaml",
     "objects to review and apply"},
    {"kubectl get --raw /apis/example.com/v1 > d.json; seawall rbac from-abac policy.jsonl "
     "--discovery kubernetes-1.37 --discovery d.json",
     "with a resource of one's own"},
};

constexpr Option kRisksOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--rules", 0, "ID", true, nullptr,
     "Only these rules (see `seawall rules --risks`); a comma list or repeated."},
    options::kSeverity,
    {"--fail-on", 0, "KIND", true, "critical high medium low new unknown manual",
     "What decides the exit status, as in `seawall audit`."},
    options::kBaseline,
    options::kWaivers,
    options::kNoWaivers,
    {"--at", 0, "TIME", false, nullptr, "Waivers hold as of this moment, RFC 3339. Default: now."},
    options::kStrict,
    {"--output", 'o', "FORMAT[=FILE]", true, kFormats,
     "Format of the report, on standard output or in a file; repeat it for several."},
    options::kOnlyFailing,
    {"--verbose", 'v', nullptr, false, nullptr, "Also the rules that nothing fails."},
};
constexpr Example kRisksExamples[] = {
    {"seawall rbac risks -f rbac.json", "what a cluster's RBAC lets people and pods become"},
    {"seawall rbac risks --kubeconfig admin.conf", "in a running cluster"},
    {"seawall rbac risks -f rbac/ --severity high -o sarif=risks.sarif", "for code scanning"},
    {"seawall rbac risks -f rbac.json --rules risk-path-cluster-admin -o json",
     "every way to cluster-admin, hop by hop"},
};

constexpr Option kLearnOptions[] = {
    {"--audit-log", 0, "FILE", true, nullptr,
     "Audit logs: a file, a folder, or - for standard input; of several API servers, rotated, "
     "gzip, "
     "zstd; as log or webhook write them."},
    {"--user", 0, "NAME", true, nullptr,
     "Only this user. Without --user, --group and --serviceaccount: all but the cluster's own "
     "components."},
    {"--group", 0, "NAME", true, nullptr, "What the users of this group do, as the group's."},
    {"--serviceaccount", 0, "NAMESPACE/NAME", true, nullptr, "Only this service account."},
    {"--filename", 'f', "FILE", true, nullptr, "Manifests: what they allow already is left out."},
    {"--names", 0, "N", false, nullptr,
     "From N different names on, any name. Default: the names that were seen."},
    {"--namespaces", 0, "N", false, nullptr,
     "What is used in N namespaces or more is given everywhere. Default: where it was seen."},
    {"--verbs", 0, "KIND", false, "read",
     "read: whoever may get, list or watch something may do all three."},
    {"--strict", 0, nullptr, false, nullptr, "A damaged line is an error."},
    options::kYamlOrJson,
    {"--quiet", 'q', nullptr, false, nullptr, "Do not tell damaged lines one by one."},
};
constexpr Example kLearnExamples[] = {
    {"seawall rbac learn --audit-log /var/log/kubernetes/audit/ --serviceaccount shop/ci -o yaml",
     "the least that an account needs"},
    {"ssh cp-0 cat audit.log.zst | seawall rbac learn --audit-log - --names 3 --verbs read",
     "everybody's, generalised a little"},
};

constexpr Option kRbacDiffOptions[] = {
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "The cluster that this kubeconfig names: `cluster:` as A or B. With one policy beside it: "
     "what "
     "applying that would change."},
    options::kContext,
    {"--allow", 0, "FILE", true, nullptr,
     "Manifests of what may be gained: a gain that they give the same subject does not touch the "
     "exit status."},
    options::kStrict,
    {"--output", 'o', "FORMAT", false, "text json markdown", "Format."},
};
constexpr Example kRbacDiffExamples[] = {
    {"seawall rbac diff git:main:rbac rbac -o markdown", "for a pull request"},
    {"seawall rbac diff rbac/ --kubeconfig admin.conf", "what applying a folder would change"},
    {"seawall rbac diff rbac/ cluster: --kubeconfig admin.conf",
     "what the cluster gives beyond a folder, and what it lacks"},
    {"seawall rbac diff old.bundle new.bundle --allow ceiling.yaml",
     "what changed between two collections, and whether it goes too far"},
};

constexpr Option kGraphOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--subject", 0, "SUBJECT", false, nullptr,
     "Only this subject, as in `seawall rbac what-can`, and whom it can become."},
    {"--all", 0, nullptr, false, nullptr,
     "Also subjects that have nothing but what Kubernetes itself gives them."},
    options::kStrict,
    {"--output", 'o', "FORMAT", false, "dot html json",
     "dot for Graphviz, html for a page that can be searched, json. Default: dot."},
    options::kNoRemarks,
};
constexpr Example kGraphExamples[] = {
    {"seawall rbac graph --kubeconfig admin.conf -o html > rbac.html", "a page of a whole cluster"},
    {"seawall rbac graph -f rbac/ --subject sa:shop/ci | dot -Tsvg > ci.svg",
     "a picture of one account"},
};

constexpr Option kMinimizeOptions[] = {
    options::kManifests,
    options::kClusterOfPolicy,
    options::kContext,
    options::kBundleOfPolicy,
    {"--changed", 0, nullptr, false, nullptr, "Only the roles that are smaller."},
    options::kStrict,
    {"--quiet", 'q', nullptr, false, nullptr, "Do not tell how much smaller it is."},
};
constexpr Example kMinimizeExamples[] = {
    {"seawall rbac minimize -f rbac/ > smaller.yaml", "roles that say the same with fewer rules"},
};

constexpr Option kLintOptions[] = {
    options::kManifests,      options::kClusterOfPolicy, options::kContext,
    options::kBundleOfPolicy, options::kStrict,          options::kTextOrJson,
};
constexpr Example kLintExamples[] = {
    {"seawall rbac lint -f rbac/", "what does not mean what it seems to mean"},
};

}  // namespace

constinit const Command kCanICommand = {
    "rbac can-i",
    "[VERB RESOURCE[/NAME]]",
    0,
    2,
    "Ask whether RBAC allows something",
    "Answers as kube-apiserver would: yes, no, or unknown where an authorizer's word is not "
    "known. "
    "RESOURCE is a plural, a singular or a short name, with .GROUP where Kubernetes itself has "
    "none "
    "of that name, or a URL that begins with /.\n\n"
    "Exit status: 0 allowed, 1 not allowed, 3 unknown. With --questions: 0, 2 when a line is no "
    "question, 3 when an answer is unknown.",
    kCanIOptions,
    kCanIExamples,
    RunCanI,
    ""};

const Command kWhoCanCommand = {
    "rbac who-can",
    "VERB RESOURCE[/NAME]",
    2,
    2,
    "List who is allowed something",
    "Lists every user, group and service account that RBAC allows it, with the binding. Who is "
    "allowed it for certain names only is listed apart. RESOURCE is as in `seawall rbac can-i`.",
    kWhoCanOptions,
    kWhoCanExamples,
    RunWhoCan,
    ""};

const Command kWhatCanCommand = {
    "rbac what-can",
    "SUBJECT",
    1,
    1,
    "List what a subject is allowed",
    "Lists everything that RBAC allows a subject, as a matrix of resources and verbs for the whole "
    "cluster and for each namespace. SUBJECT is a user's name (a service account's too), or "
    "group:NAME, sa:NAMESPACE/NAME, user:NAME. A user has the groups that impersonation gives it; "
    "a "
    "group is looked at by itself.",
    kWhatCanOptions,
    kWhatCanExamples,
    RunWhatCan,
    ""};

const Command kFromAbacCommand = {
    "rbac from-abac",
    "POLICY",
    1,
    1,
    "Turn an ABAC policy into RBAC objects",
    "Reads an ABAC policy as kube-apiserver does, and writes roles and bindings that give the same "
    "answers. What RBAC cannot say exactly is listed line by line, with what the narrower and the "
    "wider choice allow; nothing is widened unless --widen asks for it.\n\n"
    "Exit status: 0 exact, 3 something is not exact, 2 the API server would not start with the "
    "policy.",
    kFromAbacOptions,
    kFromAbacExamples,
    RunFromAbac,
    ""};

const Command kRisksCommand = {
    "rbac risks",
    "",
    0,
    0,
    "Find what RBAC lets somebody become",
    "Finds every right that lets a subject become more than was meant, alone or together with its "
    "other rights, and the shortest ways to cluster-admin, system:masters, root on a node, all "
    "secrets and kube-system, hop by hop. What Kubernetes itself has in every cluster is no "
    "finding. Reports are the audit's, with subject and path in JSON.",
    kRisksOptions,
    kRisksExamples,
    RunRisks,
    ""};

const Command kLearnCommand = {
    "rbac learn",
    "",
    0,
    0,
    "Write the least roles for what audit logs show",
    "Reads audit logs in one pass and writes, for every subject, the least roles and bindings for "
    "what it was allowed and did: requests that were denied teach nothing, one request counts "
    "once, impersonation is told apart from what was done by it. Each rule carries its evidence. "
    "Nothing is generalised but by the options that say so.\n\n"
    "Exit status: 0, 3 when lines are damaged or do not say whether they were allowed.",
    kLearnOptions,
    kLearnExamples,
    RunLearn,
    ""};

const Command kRbacDiffCommand = {
    "rbac diff",
    "A [B]",
    1,
    2,
    "Compare two RBAC policies by meaning",
    "Tells who gains and who loses which right from A to B, however roles and bindings are called, "
    "split or ordered. A and B are files or folders of manifests, - for standard input, bundles, "
    "git:REV[:PATH] (a revision of the repository that you are in), or cluster: with --kubeconfig. "
    "Against a cluster, what Kubernetes itself has there counts on both sides.\n\n"
    "Exit status: 1 when somebody gains a right that --allow does not cover, 3 when a cluster does "
    "not let everything be listed, otherwise 0.",
    kRbacDiffOptions,
    kRbacDiffExamples,
    RunRbacDiff,
    ""};

const Command kGraphCommand = {
    "rbac graph",
    "",
    0,
    0,
    "Draw who reaches what",
    "Draws subjects, their bindings and roles, and the shortest ways to cluster-admin, "
    "system:masters, root on a node, all secrets and kube-system, as `seawall rbac risks` finds "
    "them. The page needs no network and no script; with scripts it is filtered and drawn.",
    kGraphOptions,
    kGraphExamples,
    RunRbacGraph,
    ""};

const Command kMinimizeCommand = {
    "rbac minimize",
    "",
    0,
    0,
    "Write roles that say the same with fewer rules",
    "Writes the roles and bindings again, those roles smaller that can do with fewer rules or "
    "fewer words. Each is proven: every single "
    "right of the old rules is covered by one of the new, and the other way round.",
    kMinimizeOptions,
    kMinimizeExamples,
    RunMinimize,
    ""};

const Command kLintCommand = {
    "rbac lint",
    "",
    0,
    0,
    "Find what does not mean what it seems to mean",
    "Looks through RBAC manifests for what gives nothing or something else than it seems to: "
    "capitals, stars that stand for themselves, wrong API groups, names where there are none, "
    "subjects that nobody is, roles that are not there, unknown fields.\n\n"
    "Exit status: 1 when something was found, 3 when a cluster does not let everything be listed.",
    kLintOptions,
    kLintExamples,
    RunLint,
    ""};

}  // namespace seawall::app
