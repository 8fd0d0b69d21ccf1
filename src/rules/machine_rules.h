// The tables of rules about kubelets, kube-proxies and the node itself: one function for each file
// of rules.
#pragma once

#include <span>

#include "rules/rule.h"

namespace seawall::rules {

std::span<const Rule> ControlPlaneFileRules();  ///< files_control_plane.cc: CIS 1.1.1 to 1.1.18
std::span<const Rule> PkiFileRules();           ///< files_pki.cc: CIS 1.1.19 to 1.1.21
std::span<const Rule> NodeFileRules();          ///< files_node.cc: CIS 4.1
std::span<const Rule> OtherFileRules();         ///< files_other.cc: what CIS forgot
std::span<const Rule>
KubeletAccessRules();                     ///< kubelet_access.cc: who may call the kubelet, CIS 4.2
std::span<const Rule> KubeletTlsRules();  ///< kubelet_tls.cc: its certificates and TLS, CIS 4.2
std::span<const Rule>
KubeletHostRules();  ///< kubelet_host.cc: what it lets pods do to the node, CIS 4.2
std::span<const Rule>
KubeletConfigRules();  ///< kubelet_config.cc: files that it does not read as one may think
std::span<const Rule> ProxyRules();        ///< proxy.cc: CIS 4.3
std::span<const Rule> CertificateRules();  ///< pki_certificates.cc: each certificate by itself
std::span<const Rule> PkiRules();  ///< pki_relations.cc: certificates, keys and CAs with each other
std::span<const Rule> PkiNameRules();      ///< pki_names.cc: names in certificates
std::span<const Rule> KubeconfigRules();   ///< kubeconfigs.cc
std::span<const Rule> BootstrapRules();    ///< bootstrap.cc: recipe rows 2b and 6a
std::span<const Rule> KubeadmJoinRules();  ///< kubeadm_join.cc: recipe row 2b
std::span<const Rule> RbacManualRules();   ///< rbac_manual.cc: CIS 5.1
std::span<const Rule> RuntimeRules();      ///< runtime.cc: the container runtime's sockets

}  // namespace seawall::rules
