// The words of `seawall rbac`: options, examples, description.
#include "app/run.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kCanIOptions[] = {
    {"--filename", 'f', "FILE", true, nullptr,
     "Manifests: a file, a folder, or - for standard input. Objects of other kinds are left out."},
    {"--as", 0, "USER", false, nullptr,
     "Who asks. Gets the groups that impersonation gives: a service account's own, "
     "system:authenticated."},
    {"--as-group", 0, "GROUP", true, nullptr, "Groups of who asks."},
    {"--namespace", 'n', "NAMESPACE", false, nullptr, "Where. Default: default."},
    {"--all-namespaces", 'A', nullptr, false, nullptr, "In every namespace at once."},
    {"--subresource", 0, "NAME", false, nullptr, "As in log or exec."},
    {"--questions", 0, "FILE", false, nullptr,
     "Answer each line of a file (- for standard input): the spec of a SubjectAccessReview as "
     "JSON, whose groups are taken as they stand."},
    {"--authorization-mode", 0, "MODES", false, nullptr,
     "The API server's authorizers, a comma list as its own flag takes it. Default: RBAC."},
    {"--why", 0, nullptr, false, nullptr,
     "Also the binding, the role and the rule with their places."},
    {"--why-not", 0, nullptr, false, nullptr,
     "When it is not allowed: the rule that comes nearest, and the smallest one that would do."},
    {"--strict", 0, nullptr, false, nullptr, "An unknown field of a manifest is an error."},
    {"--output", 'o', "FORMAT", false, "text json", "Format of the answer."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only the exit status; no remarks about manifests."},
};

constexpr Example kCanIExamples[] = {
    {"seawall rbac can-i get secrets -n shop --as alice --as-group devs -f rbac/ --why",
     "before the manifests are applied"},
    {"kubectl get roles,rolebindings,clusterroles,clusterrolebindings -A -o json | seawall rbac "
     "can-i create pods --subresource exec -n shop --as system:serviceaccount:shop:ci -f -",
     "what a service account may do"},
    {"seawall rbac can-i --questions questions.jsonl -f rbac/", "many at once"},
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

}  // namespace seawall::app
