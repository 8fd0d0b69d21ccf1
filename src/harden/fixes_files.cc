// Modes and owners of files (row 3b, and of keys and certificates). Nothing restarts.
#include "harden/fix_actions.h"
#include "harden/fix_tables.h"

namespace seawall::harden {
namespace {

constexpr Fix kFixes[] = {
    {.rule = "pki-certificate-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "pki-key-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "kubelet-client-ca-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "service-account-key-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "bootstrap-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "apiserver-manifest-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "controller-manager-manifest-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "scheduler-manifest-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "etcd-manifest-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "cni-config-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "admin-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "scheduler-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "controller-manager-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "kubelet-unit-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "proxy-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "kubelet-kubeconfig-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "kubelet-config-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "audit-policy-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "audit-log-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "token-file-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "etcd-data-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "encryption-config-mode", .make = Chmod, .risk = Risk::kNone},
    {.rule = "kubeconfigs-private", .make = Chmod, .risk = Risk::kNone},
    {.rule = "pki-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "kubelet-client-ca-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "apiserver-manifest-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "controller-manager-manifest-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "scheduler-manifest-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "etcd-manifest-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "cni-config-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "admin-kubeconfig-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "scheduler-kubeconfig-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "controller-manager-kubeconfig-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "kubelet-unit-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "proxy-kubeconfig-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "kubelet-kubeconfig-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "kubelet-config-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "encryption-config-owner", .make = Chown, .risk = Risk::kNone},
    {.rule = "start-files-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
    {.rule = "parent-folders-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
    {.rule = "programs-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
    {.rule = "static-pods-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
    {.rule = "cni-programs-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
    {.rule = "credential-providers-not-writable", .make = OnlyRootWrites, .risk = Risk::kNone},
};

}  // namespace

std::span<const Fix> FileFixes() { return kFixes; }

}  // namespace seawall::harden
