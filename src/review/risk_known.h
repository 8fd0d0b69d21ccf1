// What a genuine cluster has by itself, and is no finding. Private to this room.
#pragma once

#include "rbac/policy.h"

namespace seawall::review {

/// Whether Kubernetes' bootstrap policy, kubeadm or a usual addon gives this subject this role by a
/// binding of this name. What is bound to strangers, to everybody or to all service accounts is
/// looked at rule by rule instead.
bool IsKnownGrant(const rbac::Policy& policy, const rbac::Binding& binding,
                  const rbac::Subject& subject);

/// Whether a rule gives no more than everybody may know: version and health, discovery, questions
/// about oneself. `logged_in`: everybody who logs in.
bool IsHarmlessRule(const rbac::Policy& policy, const rbac::Rule& rule, bool logged_in);

}  // namespace seawall::review
