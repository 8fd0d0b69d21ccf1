// The words of the commands that ask components and keep what a node said: options, examples,
// description.
#include "app/run.h"
#include "app/shared_options.h"
#include "app/words.h"

namespace seawall::app {
namespace {

constexpr Option kProveOptions[] = {
    {"--root", 0, "[NAME=]DIR", true, nullptr,
     "Ask every listener that the files of this node imply; repeat it for several nodes. Without "
     "--root and --endpoint: this machine's."},
    {"--endpoint", 0, "HOST:PORT[=COMPONENT]", true, nullptr,
     "Ask this listener; repeat it. Without =COMPONENT the port tells what it is. Alone, only the "
     "endpoints that are named are asked."},
    {"--ca", 0, "FILE", false, nullptr,
     "The CAs that clients of these endpoints have, and no others (PEM): a chain that leads to "
     "none "
     "of them fails. Default: what the node's own files or the kubeconfig name."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "Ask what the API of this cluster names: its API servers, every node's kubelet, and the usual "
     "ports of the other components; and try what the kubeconfig's user gets there. Only GETs."},
    options::kContext,
    {"--loopback", 0, nullptr, false, nullptr,
     "The nodes of --root are reached at loopback addresses from here: seawall runs in their "
     "network."},
    {"--only", 0, "WHAT", false, "tls suites",
     "\"tls\": only the versions, cipher suites, groups and certificates, and their rules: no "
     "plaintext, no paths, no certificates of seawall's own. \"suites\": only the versions and "
     "cipher suites."},
    {"--timeout", 0, "TIME", false, nullptr,
     "For a connection and each of its steps, as in 3s (the default) or 500ms; an endpoint gets "
     "three times as much in all."},
    {"--concurrency", 0, "N", false, nullptr, "Connections open at once. Default: 256."},
    {"--max-per-host", 0, "N", false, nullptr,
     "Connections open at once to one address. Default: 8."},
    options::kComponentVersion,
    {"--at", 0, "TIME", false, nullptr,
     "Judge dates of certificates as of this moment, RFC 3339. Default: now."},
    {"--output", 'o', "FORMAT[=FILE]", true, kFormats,
     "Format of the report, on standard output or in a file; repeat it for several. text and json "
     "show endpoint by endpoint, the others are an audit's of the findings. A file is replaced "
     "only when the report is whole."},
    {"--quiet", 'q', nullptr, false, nullptr, "Only what fails, and the summary."},
    {"--verbose", 'v', nullptr, false, nullptr,
     "Also what passes or does not apply, and every proof: what was sent, and what came back."},
};

constexpr Example kProveExamples[] = {
    {"sudo seawall prove", "every listener of this machine's components"},
    {"seawall prove --endpoint 192.0.2.11:6443 --endpoint 192.0.2.11:2379=etcd",
     "two listeners, from here"},
    {"seawall prove --endpoint api.example:443=kube-apiserver -o json", "for a program to read"},
    {"seawall prove --only tls --root cp-0=/backup/cp-0 -o text -o sarif=proofs.sarif",
     "what TLS they take and show, for people and for a code host"},
    {"seawall prove --kubeconfig nobody.conf",
     "every listener that the API names, and what a login without rights gets"},
};

constexpr Option kCollectOptions[] = {
    {"--root", 0, "[NAME=]DIR", false, nullptr,
     "Collect the node whose file tree lies below DIR, called NAME. Without it: this machine, "
     "live."},
    {"--out", 0, "FILE", false, nullptr,
     "The bundle, readable by its owner only. A file that is there is replaced once the bundle is "
     "whole. - is standard output."},
    {"--prove", 0, nullptr, false, nullptr,
     "Ask the running components too, as `seawall prove` does, and keep what they answered."},
    {"--kubeconfig", 0, "FILE", false, nullptr,
     "Ask the API of the cluster that this kubeconfig names, too, and keep what it said of nodes, "
     "RBAC, pods' service accounts and mounts, webhooks and tokens, without what is secret."},
    options::kContext,
    {"--timeout", 0, "TIME", false, nullptr, "With --prove: as in `seawall prove`."},
    {"--concurrency", 0, "N", false, nullptr, "With --prove: connections open at once."},
    {"--max-per-host", 0, "N", false, nullptr, "With --prove: connections open to one address."},
    {"--digest-key", 0, "FILE", false, nullptr,
     "A key of your own (mode 0600, 32 random bytes): equal secrets are then equal in all bundles "
     "that are made with it. It is in none of them. Default: a random one for each bundle."},
    {"--at", 0, "TIME", false, nullptr, "The moment that the bundle says, RFC 3339. Default: now."},
    {"--quiet", 'q', nullptr, false, nullptr, "Say nothing when it went well."},
};

constexpr Example kCollectExamples[] = {
    {"sudo seawall collect --out cp-0.bundle", "this machine: its files and its processes"},
    {"seawall collect --root cp-1=/backup/cp-1 --out cp-1.bundle", "a copy of a node's files"},
    {"sudo seawall collect --prove --kubeconfig admin.conf --out cp-0.bundle",
     "with what its components and the API answer"},
    {"sudo seawall collect --digest-key /etc/seawall/digest.key --out cp-0.bundle",
     "secrets that can be compared with those of other bundles"},
};

constexpr Option kBundleOptions[] = {
    options::kTextOrJson,
};

constexpr Example kBundleExamples[] = {
    {"seawall bundle show cp-0.bundle", "what is inside, file by file"},
    {"seawall bundle show cp-0.bundle -o json", "for a program to read"},
};

}  // namespace

constinit const Command kProveCommand = {
    "prove",
    "",
    0,
    0,
    "Ask running components what they really do",
    "Asks each listener over the network: which versions of TLS, cipher suites and groups it "
    "takes (with a ClientHello of its own, so that what no library of today can offer is found "
    "too), which certificates it shows, whether it wants one of its clients, whether plaintext "
    "reaches it, and what strangers get.\n\n"
    "It sends hellos, GET requests and two calls of gRPC that read nothing, shows no certificates "
    "but those that it makes itself and nobody should take, trusts none, and changes and executes "
    "nothing. What a component did not answer is unknown, never a pass.",
    kProveOptions,
    kProveExamples,
    RunProve,
    ""};

constinit const Command kCollectCommand = {
    "collect",
    "",
    0,
    0,
    "Put what an audit needs of a node into one file",
    "Audits a node without a report and keeps every answer that its files gave, so that `seawall "
    "audit FILE` elsewhere says what it would have said on the node: the settings files, "
    "certificates, modes, owners, what is not there and what could not be read, and of a live "
    "machine what its processes run with.\n\n"
    "Secrets are replaced before anything is written, by text of the same length that nothing "
    "leads back from; private keys by what can be said of them. Only reads, and sends nothing.\n\n"
    "Exit status: 0 when the audit of the bundle says the same as the audit of the node, which is "
    "tried; 3 when some rules say something else, which are named.",
    kCollectOptions,
    kCollectExamples,
    RunCollect,
    ""};

constinit const Command kBundleCommand = {
    "bundle",
    "show FILE",
    2,
    2,
    "Show what is in a bundle",
    "Lists what `seawall collect` put into a file: where it comes from, each file with its mode "
    "and size, what was not there, and what could not be read. A bundle that is damaged is "
    "refused.",
    kBundleOptions,
    kBundleExamples,
    RunBundle,
    ""};

}  // namespace seawall::app
