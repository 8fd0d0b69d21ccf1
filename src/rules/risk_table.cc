#include "rules/risk_table.h"

#include <algorithm>

namespace seawall::rules {
namespace {

constexpr const char* kLink = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/";

constexpr Rule Row(const char* id, const char* title, Severity severity, const char* why,
                   const char* remedy) {
  Rule rule;
  rule.id = id;
  rule.title = title;
  rule.row = "3b";
  rule.severity = severity;
  rule.target = Target::kCluster;
  rule.expected = "nobody but the cluster's own components";
  rule.remedy = remedy;
  rule.why = why;
  rule.link = kLink;
  return rule;
}

constexpr RiskRow kRows[] = {
    {Row("risk-cluster-admin", "Nobody but administrators is allowed everything",
         Severity::kCritical,
         "Whoever has it is the cluster: every secret, every node, every right of everybody.",
         "bind a role with the rights that are used; keep cluster-admin for people in an "
         "emergency"),
     "*:*.*", RiskScope::kCluster},
    {Row("risk-namespace-admin", "Nobody is allowed everything in a namespace", Severity::kHigh,
         "All verbs of all resources, also of those that the next operator brings, its secrets and "
         "its service accounts' rights among them.",
         "bind edit, or a role with the rights that are used"),
     "*:*.*", RiskScope::kSpace},
    {Row("risk-wildcard-resources", "No rule stands for every resource of a group",
         Severity::kMedium,
         "The rule grows with the next resource or CRD that is installed, without anybody having "
         "decided so.",
         "name the resources"),
     "", RiskScope::kAny},
    {Row("risk-wildcard-verbs", "No rule stands for every verb", Severity::kMedium,
         "Every verb includes escalate, bind, impersonate and those that a coming version brings.",
         "name the verbs"),
     "", RiskScope::kAny},
    {Row("risk-escalate-roles", "Nobody may write roles beyond what they are allowed",
         Severity::kCritical,
         "The verb escalate takes away the guard that keeps who writes a role from writing rights "
         "into it that they lack.",
         "take the verb escalate out of the rule"),
     "escalate:clusterroles.rbac.authorization.k8s.io & "
     "create,update,patch:clusterroles.rbac.authorization.k8s.io | "
     "escalate:roles.rbac.authorization.k8s.io & "
     "create,update,patch:roles.rbac.authorization.k8s.io",
     RiskScope::kAny},
    {Row("risk-bind-roles", "Nobody may bind roles beyond what they are allowed",
         Severity::kCritical,
         "The verb bind takes away the guard that keeps who writes a binding from giving rights "
         "that they lack: cluster-admin to themselves.",
         "limit bind with resourceNames to the roles that are handed out, or take it out"),
     "bind:clusterroles,roles.rbac.authorization.k8s.io & "
     "create,update,patch:clusterrolebindings,rolebindings.rbac.authorization.k8s.io",
     RiskScope::kAny},
    {Row("risk-write-bindings", "Few may write bindings and roles", Severity::kMedium,
         "What they are allowed themselves they can hand on, to accounts that stay when they are "
         "gone.",
         "leave writing RBAC to a pipeline that is reviewed"),
     "create,update,patch:clusterrolebindings,rolebindings,clusterroles,roles.rbac.authorization."
     "k8s.io",
     RiskScope::kAny},
    {Row("risk-impersonate-users", "Nobody may be any user", Severity::kCritical,
         "Requests as any user get that user's rights, and are answered as theirs.",
         "limit impersonate with resourceNames to the users that are meant"),
     "impersonate:users", RiskScope::kCluster},
    {Row("risk-impersonate-groups", "Nobody may be of any group", Severity::kCritical,
         "With the group system:masters nothing is asked any more.",
         "limit impersonate with resourceNames to the groups that are meant"),
     "impersonate:groups & impersonate:users | impersonate:groups & impersonate:serviceaccounts",
     RiskScope::kCluster},
    {Row("risk-impersonate-accounts", "Nobody may be any service account", Severity::kHigh,
         "Requests as a service account get its rights.",
         "limit impersonate with resourceNames, or bind the rights that are used"),
     "impersonate:serviceaccounts", RiskScope::kAny},
    {Row("risk-impersonate-extras", "Nobody may claim uids and extras", Severity::kLow,
         "Webhooks and admission policies decide by what was claimed.",
         "take the verb impersonate out of the rule"),
     "impersonate:uids,userextras.authentication.k8s.io", RiskScope::kCluster},
    {Row("risk-impersonate-modes", "Few may be others even within limits", Severity::kMedium,
         "Constrained impersonation (Kubernetes 1.36 and later) of any user, service account or "
         "node: with impersonate-on:MODE:VERB, whatever these may do by that verb.",
         "limit it with resourceNames to those that are meant, and impersonate-on to few verbs"),
     "impersonate:user-info:users.authentication.k8s.io | "
     "impersonate:serviceaccount:serviceaccounts.authentication.k8s.io | "
     "impersonate:arbitrary-node:nodes.authentication.k8s.io",
     RiskScope::kAny},
    {Row("risk-create-tokens", "Nobody may make tokens of service accounts", Severity::kHigh,
         "A token of an account is all that the account is allowed, outside of the cluster too.",
         "limit it with resourceNames to the accounts that are meant"),
     "create:serviceaccounts/token", RiskScope::kAny},
    {Row("risk-read-all-secrets", "Nobody reads the secrets of all namespaces", Severity::kCritical,
         "Tokens, keys and passwords of everything that runs in the cluster; list and watch show "
         "the contents as get does.",
         "bind it in the namespaces that need it, with resourceNames"),
     "get,list,watch:secrets", RiskScope::kCluster},
    {Row("risk-read-secrets", "Few read the secrets of a namespace", Severity::kMedium,
         "list and watch show the contents of all, as get does.",
         "limit it with resourceNames to those that are needed"),
     "get,list,watch:secrets", RiskScope::kSpace},
    {Row("risk-read-kube-system-secrets", "Nobody reads the secrets of kube-system",
         Severity::kCritical,
         "Bootstrap tokens and the tokens of what the cluster runs itself with.",
         "take secrets out of what is bound in kube-system"),
     "get,list,watch:secrets", RiskScope::kKubeSystem},
    {Row("risk-make-token-secrets", "Nobody may make and read token secrets", Severity::kHigh,
         "A secret of type kubernetes.io/service-account-token is filled with a token of the "
         "account that it names, without an end.",
         "take create or read away; use TokenRequest with resourceNames"),
     "create:secrets & get,list,watch:secrets", RiskScope::kAny},
    {Row("risk-make-bootstrap-tokens", "Nobody may write secrets of kube-system", Severity::kHigh,
         "A bootstrap token is a secret there; with it a machine joins as a node.",
         "take secrets out of what is bound in kube-system"),
     "create,update,patch:secrets", RiskScope::kKubeSystem},
    {Row("risk-create-pods", "Few may create pods", Severity::kHigh,
         "A pod runs as any service account of its namespace, mounts its secrets, and is root on "
         "its node where Pod Security admits it.",
         "enforce Pod Security baseline or restricted there, and keep accounts with rights "
         "elsewhere"),
     "create:pods", RiskScope::kAny},
    {Row("risk-create-workloads", "Few may create what makes pods", Severity::kHigh,
         "What makes pods makes them as any service account of its namespace.",
         "enforce Pod Security baseline or restricted there, and keep accounts with rights "
         "elsewhere"),
     "create:deployments,daemonsets,statefulsets,replicasets.apps | create:jobs,cronjobs.batch | "
     "create:replicationcontrollers",
     RiskScope::kAny},
    {Row("risk-change-workloads", "Few may change what runs", Severity::kHigh,
         "An image or a command of one's own, as the service account that it already runs as.",
         "leave changes to a pipeline that is reviewed"),
     "update,patch:deployments,daemonsets,statefulsets,replicasets.apps | "
     "update,patch:jobs,cronjobs.batch | update,patch:replicationcontrollers",
     RiskScope::kAny},
    {Row("risk-change-pods", "Few may change pods", Severity::kMedium,
         "Another image in a running pod, with its service account and its mounts.",
         "take update and patch of pods away: controllers need them, people do not"),
     "update,patch:pods", RiskScope::kAny},
    {Row("risk-exec-pods", "Few may run commands in pods", Severity::kHigh,
         "A command in a pod has its token, its mounts and its network.",
         "leave it to people, for a time, in namespaces that hold nothing"),
     "create,get:pods/exec", RiskScope::kAny},
    {Row("risk-attach-pods", "Few may attach to pods", Severity::kMedium,
         "The standard input of what runs there.", "take pods/attach away"),
     "create,get:pods/attach", RiskScope::kAny},
    {Row("risk-forward-ports", "Few may forward ports of pods", Severity::kMedium,
         "Past every network policy to whatever listens in the pod, on its loopback too.",
         "take pods/portforward away"),
     "create,get:pods/portforward", RiskScope::kAny},
    {Row("risk-proxy-pods", "Few may reach pods and services through the API server",
         Severity::kMedium,
         "Requests come from the API server, which network policies let through.",
         "take pods/proxy and services/proxy away"),
     "get,create,update,patch,delete:pods/proxy,services/proxy", RiskScope::kAny},
    {Row("risk-debug-pods", "Few may add ephemeral containers", Severity::kHigh,
         "A container of one's own in a running pod, with its token and its mounts.",
         "take pods/ephemeralcontainers away"),
     "update,patch:pods/ephemeralcontainers", RiskScope::kAny},
    {Row("risk-node-proxy", "Nobody may reach kubelets", Severity::kCritical,
         "get is enough: the kubelet authorizes exec over a websocket as a get, and what runs "
         "there is every pod of every node, without admission and without an audit of the API "
         "server.",
         "use nodes/metrics, nodes/stats, nodes/log, which kubelets ask for since 1.36"),
     "get,create,update,patch,delete:nodes/proxy", RiskScope::kCluster},
    {Row("risk-write-nodes", "Nobody may change nodes", Severity::kHigh,
         "Labels and taints decide where pods with rights come to run.",
         "take update and patch of nodes away"),
     "update,patch:nodes", RiskScope::kCluster},
    {Row("risk-write-node-status", "Nobody may change the status of nodes", Severity::kHigh,
         "Capacity and addresses decide where pods run and whom the API server connects to.",
         "take nodes/status away"),
     "update,patch:nodes/status", RiskScope::kCluster},
    {Row("risk-write-pod-status", "Nobody may change the status of pods", Severity::kMedium,
         "A pod's address can be claimed, and with it the traffic of its service.",
         "take pods/status away"),
     "update,patch:pods/status", RiskScope::kAny},
    {Row("risk-steal-pods", "Nobody may drive pods to a node of their choice", Severity::kHigh,
         "Pods that are deleted come again where the nodes still look free: on the one that the "
         "attacker holds, with their tokens.",
         "take either right away"),
     "delete,deletecollection:pods & update,patch:nodes | delete,deletecollection:pods & "
     "update,patch:nodes/status | create:pods/eviction & update,patch:nodes | create:pods/eviction "
     "& update,patch:nodes/status",
     RiskScope::kAny},
    {Row("risk-bind-pods", "Nobody may place pods", Severity::kMedium,
         "Past the scheduler, taints and affinities.", "take pods/binding away"),
     "create:pods/binding,bindings", RiskScope::kAny},
    {Row("risk-service-status", "Nobody may change the status of services", Severity::kHigh,
         "The address of a load balancer can be claimed: traffic of the whole cluster to it is "
         "taken (CVE-2020-8554).",
         "take services/status away"),
     "update,patch:services/status", RiskScope::kAny},
    {Row("risk-write-endpoints", "Few may write endpoints", Severity::kMedium,
         "A service's traffic goes wherever its endpoints say.",
         "leave endpoints to the controllers"),
     "create,update,patch:endpoints | create,update,patch:endpointslices.discovery.k8s.io",
     RiskScope::kAny},
    {Row("risk-persistent-volumes", "Nobody may create volumes", Severity::kHigh,
         "A volume of type hostPath is any folder of a node, past Pod Security.",
         "leave volumes to a provisioner"),
     "create:persistentvolumes", RiskScope::kCluster},
    {Row("risk-approve-certificates", "Nobody may approve certificates", Severity::kHigh,
         "A certificate that is approved is a login.",
         "limit approve with resourceNames to signers of one's own"),
     "update,patch:certificatesigningrequests/approval.certificates.k8s.io & "
     "approve:signers.certificates.k8s.io#kubernetes.io/kube-apiserver-client,kubernetes.io/"
     "kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/*",
     RiskScope::kCluster},
    {Row("risk-issue-certificates", "Nobody may have a certificate of their choice",
         Severity::kCritical,
         "Who asks for a client certificate and approves it logs in as any user of any group but "
         "system:masters, for as long as the certificate lasts.",
         "take either right away"),
     "create:certificatesigningrequests.certificates.k8s.io & "
     "update,patch:certificatesigningrequests/approval.certificates.k8s.io & "
     "approve:signers.certificates.k8s.io#kubernetes.io/kube-apiserver-client,kubernetes.io/*",
     RiskScope::kCluster},
    {Row("risk-sign-certificates", "Nobody may sign certificates", Severity::kCritical,
         "The signer's word is the certificate: what was asked and approved need not be what is in "
         "it.",
         "limit sign with resourceNames to signers of one's own"),
     "sign:signers.certificates.k8s.io#kubernetes.io/kube-apiserver-client,kubernetes.io/"
     "kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/* & "
     "update,patch:certificatesigningrequests/status.certificates.k8s.io",
     RiskScope::kCluster},
    {Row("risk-trust-bundles", "Nobody may write trust bundles", Severity::kMedium,
         "Pods trust the authorities in it.", "take clustertrustbundles away"),
     "create,update,patch:clustertrustbundles.certificates.k8s.io", RiskScope::kCluster},
    {Row("risk-mutating-webhooks", "Nobody may write mutating webhooks", Severity::kCritical,
         "Every object that is written passes by it, secrets too, and comes out as it likes.",
         "leave webhooks to a pipeline that is reviewed"),
     "create,update,patch:mutatingwebhookconfigurations.admissionregistration.k8s.io",
     RiskScope::kCluster},
    {Row("risk-validating-webhooks", "Nobody may write validating webhooks", Severity::kHigh,
         "Every object that is written is shown to it, secrets too; without it nothing is refused "
         "any more.",
         "leave webhooks to a pipeline that is reviewed"),
     "create,update,patch,delete,deletecollection:validatingwebhookconfigurations."
     "admissionregistration.k8s.io",
     RiskScope::kCluster},
    {Row("risk-admission-policies", "Nobody may write admission policies", Severity::kHigh,
         "A mutating policy changes pods of others; without a validating one nothing is refused "
         "any more.",
         "leave policies to a pipeline that is reviewed"),
     "create,update,patch,delete,deletecollection:validatingadmissionpolicies,"
     "validatingadmissionpolicybindings,mutatingadmissionpolicies,mutatingadmissionpolicybindings."
     "admissionregistration.k8s.io",
     RiskScope::kCluster},
    {Row("risk-label-namespaces", "Nobody may change namespaces", Severity::kHigh,
         "The label pod-security.kubernetes.io/enforce decides whether a pod may be root on its "
         "node.",
         "leave namespaces to a pipeline that is reviewed"),
     "update,patch:namespaces", RiskScope::kCluster},
    {Row("risk-aws-auth", "Nobody may change who AWS users are", Severity::kCritical,
         "The ConfigMap aws-auth says who is of system:masters, where it is used.",
         "limit ConfigMaps of kube-system with resourceNames to others"),
     "update,patch:configmaps#aws-auth", RiskScope::kKubeSystem},
    {Row("risk-coredns", "Nobody may change the cluster's DNS", Severity::kHigh,
         "Every name that a pod looks up is what the Corefile says.",
         "limit ConfigMaps of kube-system with resourceNames to others"),
     "update,patch:configmaps#coredns", RiskScope::kKubeSystem},
    {Row("risk-kube-system-configmaps", "Nobody may write the ConfigMaps of kube-system",
         Severity::kHigh,
         "kubeadm-config, kube-proxy and extension-apiserver-authentication are there: what nodes "
         "run with, and whom extension API servers trust.",
         "limit it with resourceNames"),
     "create,update,patch,delete:configmaps", RiskScope::kKubeSystem},
    {Row("risk-crds", "Few may change custom resource definitions", Severity::kMedium,
         "A conversion webhook sees and changes every object of the kind; deleting a definition "
         "deletes them.",
         "leave definitions to a pipeline that is reviewed"),
     "create,update,patch,delete,deletecollection:customresourcedefinitions.apiextensions.k8s.io",
     RiskScope::kCluster},
    {Row("risk-policy-engines", "Nobody but administrators changes policies of engines",
         Severity::kHigh,
         "Who changes the policies is not bound by them; an engine's generate rules write with the "
         "engine's rights.",
         "leave policies to a pipeline that is reviewed"),
     "create,update,patch,delete:clusterpolicies,policies,policyexceptions.kyverno.io | "
     "create,update,patch,delete:constrainttemplates.templates.gatekeeper.sh | "
     "create,update,patch,delete:*.constraints.gatekeeper.sh | "
     "create,update,patch,delete:clusteradmissionpolicies,policyservers.policies.kubewarden.io",
     RiskScope::kAny},
    {Row("risk-gitops", "Nobody but administrators changes what is deployed from Git",
         Severity::kHigh,
         "The engine applies what it is told with its own rights, which mostly are everything.",
         "leave them to a pipeline that is reviewed"),
     "create,update,patch:applications,appprojects.argoproj.io | "
     "create,update,patch:kustomizations.kustomize.toolkit.fluxcd.io | "
     "create,update,patch:helmreleases.helm.toolkit.fluxcd.io",
     RiskScope::kAny},
    {Row("risk-api-services", "Nobody may write API services", Severity::kHigh,
         "A group's requests go to the server that it names, with the API server's word for who "
         "asks.",
         "leave API services to a pipeline that is reviewed"),
     "create,update,patch:apiservices.apiregistration.k8s.io", RiskScope::kCluster},
    {Row("risk-flow-schemas", "Nobody may change priorities of requests", Severity::kLow,
         "Requests of the controllers can be made to wait for ever.",
         "take flowcontrol.apiserver.k8s.io away"),
     "create,update,patch,delete:flowschemas,prioritylevelconfigurations.flowcontrol.apiserver.k8s."
     "io",
     RiskScope::kCluster},
    {Row("risk-control-plane-leases", "Nobody may take leases of the control plane",
         Severity::kMedium, "Whoever holds the lease of a controller keeps it from working.",
         "limit leases with resourceNames"),
     "update,patch,delete:leases.coordination.k8s.io", RiskScope::kKubeSystem},
    {Row("risk-unsafe-delete", "Nobody may delete what cannot be read", Severity::kMedium,
         "Objects go without their finalizers, and what they stood for stays.",
         "take the verb away; give it for the time of a repair"),
     "unsafe-delete-ignore-read-errors:secrets,configmaps,*", RiskScope::kAny},
    {Row("risk-read-logs", "Few read the logs of all pods", Severity::kLow,
         "Logs hold what should not have been logged: tokens, personal data.",
         "bind it in the namespaces that need it"),
     "get:pods/log", RiskScope::kCluster},
    {Row("risk-anonymous", "Strangers are allowed nothing but version and health",
         Severity::kCritical,
         "Whoever reaches the API server is system:anonymous: no login is needed.",
         "take system:anonymous and system:unauthenticated out of the binding"),
     "", RiskScope::kAny},
    {Row("risk-authenticated", "Everybody who logs in is allowed nothing but discovery",
         Severity::kHigh,
         "The group holds every user and every pod's service account; with some providers "
         "everybody who has any account there.",
         "take system:authenticated out of the binding, and bind a group of your own"),
     "", RiskScope::kAny},
    {Row("risk-all-service-accounts", "Nothing is given to all service accounts at once",
         Severity::kHigh, "Every pod of the cluster, or of the namespace, has what the group has.",
         "bind the service account that needs it"),
     "", RiskScope::kAny},
    {Row("risk-default-account", "The service accounts default are allowed nothing",
         Severity::kMedium,
         "Every pod of the namespace that names no account runs as default, and has its rights.",
         "make an account for what needs the rights, and bind that"),
     "", RiskScope::kAny},
    {Row("risk-masters-binding", "No binding but Kubernetes' own names system:masters",
         Severity::kMedium,
         "The group passes by RBAC whatever a binding says: a binding that names it only invites "
         "its use.",
         "take system:masters out of the binding"),
     "", RiskScope::kAny},
    {Row("risk-bootstrappers",
         "Machines that join are allowed no more than to ask for a certificate", Severity::kHigh,
         "Whoever has a bootstrap token is of the group system:bootstrappers.",
         "take the group out of the binding"),
     "", RiskScope::kAny},
    {Row("risk-missing-role", "Every binding's role is there", Severity::kMedium,
         "Whoever may create a role of that name decides what the binding gives.",
         "delete the binding, or create the role"),
     "", RiskScope::kAny},
    {Row("risk-subject-of-nobody", "Every subject can be somebody", Severity::kLow,
         "A service account without a namespace in a ClusterRoleBinding, or a kind that RBAC does "
         "not know, is nobody: the right that was meant is not given.",
         "correct the subject"),
     "", RiskScope::kAny},
    {Row("risk-missing-account", "Every service account that is bound is there", Severity::kMedium,
         "Whoever may create an account of that name, or the namespace, has what the binding "
         "gives. "
         "Known where service accounts are given.",
         "delete the binding, or create the account"),
     "", RiskScope::kAny},
    {Row("risk-mounted-account", "No pod carries the token of an account that leads to a sink",
         Severity::kHigh,
         "Whoever gets into the pod holds the token already: nothing else has to be gained. Known "
         "where pods are given.",
         "set automountServiceAccountToken: false where the pod does not ask the API server, give "
         "it an account of its own otherwise, and take rights away from the account"),
     "", RiskScope::kAny},
    {Row("risk-unused-roles", "Every role is bound or aggregated", Severity::kLow,
         "A role that nobody has waits for somebody to bind it without reading it.", "delete it"),
     "", RiskScope::kAny},
    {Row("risk-duplicate-grants", "Nobody is given the same twice", Severity::kLow,
         "Taking the right away by deleting one binding leaves it in force.",
         "delete the binding that says it again"),
     "", RiskScope::kAny},
    {Row("risk-aggregation", "Aggregated roles take in nothing that lets one escalate",
         Severity::kHigh,
         "A label on a ClusterRole is enough to give its rules to everybody who has the aggregated "
         "role.",
         "take the label off the role, or the rules out of it"),
     "", RiskScope::kAny},
    {Row("risk-path-cluster-admin", "Nobody gets to cluster-admin by way of others",
         Severity::kCritical, "Each step is allowed by itself; together they are everything.",
         "break the path at the step that is needed least"),
     "", RiskScope::kAny},
    {Row("risk-path-system-masters", "Nobody gets into system:masters", Severity::kCritical,
         "The group passes by every authorizer, webhooks included.",
         "break the path at the step that is needed least"),
     "", RiskScope::kAny},
    {Row("risk-path-node-root", "Nobody becomes root on a node by way of others", Severity::kHigh,
         "Root on a node is every pod, token and volume on it.",
         "enforce Pod Security, and break the path at the step that is needed least"),
     "", RiskScope::kAny},
    {Row("risk-path-all-secrets", "Nobody gets to all secrets by way of others", Severity::kHigh,
         "Tokens, keys and passwords of everything that runs in the cluster.",
         "break the path at the step that is needed least"),
     "", RiskScope::kAny},
    {Row("risk-path-kube-system", "Nobody gets into kube-system by way of others", Severity::kHigh,
         "What runs there has rights everywhere.",
         "break the path at the step that is needed least"),
     "", RiskScope::kAny},
};

}  // namespace

std::span<const RiskRow> AllRiskRows() { return kRows; }

const Rule* FindRiskRule(std::string_view id) {
  const auto* const at =
      std::ranges::find_if(kRows, [id](const RiskRow& row) { return id == row.rule.id; });
  return at == std::end(kRows) ? nullptr : &at->rule;
}

}  // namespace seawall::rules
