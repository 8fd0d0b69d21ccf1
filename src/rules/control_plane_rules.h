// The tables of rules about the control plane's components: one function for each file of rules.
#pragma once

#include <span>

#include "rules/rule.h"

namespace seawall::rules {

std::span<const Rule> ApiServerTransportRules();  ///< apiserver_transport.cc: 2a, CIS 1.2
std::span<const Rule> ApiServerExposureRules();   ///< apiserver_exposure.cc: 2a, CIS 1.2
std::span<const Rule> ControllerRules();      ///< controllers.cc: KCM and scheduler, CIS 1.3, 1.4
std::span<const Rule> AuthorizationRules();   ///< authorization.cc: 3a and 3c
std::span<const Rule> AdmissionRules();       ///< admission.cc: 3b
std::span<const Rule> AuditLogRules();        ///< audit_logs.cc: 3d
std::span<const Rule> AuditPolicyRules();     ///< audit_policy.cc: 3d, CIS 3.2
std::span<const Rule> AuthenticationRules();  ///< authentication.cc: 4
std::span<const Rule> ServiceAccountRules();  ///< service_accounts.cc: 4
std::span<const Rule> LoginRules();           ///< logins.cc: 4, third-party authentication
std::span<const Rule> EtcdClientRules();      ///< etcd_client.cc: 5a, CIS 2
std::span<const Rule> EtcdPeerRules();        ///< etcd_peer.cc: 5b, CIS 2
std::span<const Rule> EncryptionRules();      ///< encryption.cc: 6b
std::span<const Rule> EncryptionKeyRules();   ///< encryption_keys.cc: 6b
std::span<const Rule> StartRules();  ///< starts.cc: what the components themselves refuse or ignore
std::span<const Rule> VersionRules();  ///< versions.cc: end of support, node as a whole

}  // namespace seawall::rules
