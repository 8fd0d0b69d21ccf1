// The parts of the table of fixes, a file per chapter. Private to this room.
#pragma once

#include <span>

#include "harden/fix.h"

namespace seawall::harden {

std::span<const Fix> ControlPlaneFixes();
std::span<const Fix> KubeletFixes();
std::span<const Fix> FileFixes();
std::span<const Fix> AuditFixes();
std::span<const Fix> AuthorizationFixes();
std::span<const Fix> AuthenticationFixes();
std::span<const Fix> AdmissionFixes();
std::span<const Fix> EtcdFixes();
std::span<const NoFix> NoFixes();

/// Of EtcdFixes: the members among each other.
Result<Draft> PeerSide(const Fix& fix, const FixContext& context);

}  // namespace seawall::harden
