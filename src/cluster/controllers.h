// Which controllers --controllers of kube-controller-manager turns on.
#pragma once

#include <string_view>

#include "cluster/setting.h"

namespace seawall::cluster {

/// `controllers` is the setting of that name and must be known. A name turns its controller on,
/// "-name" off, the first of them wins; "*" turns on all that are not `off_by_default`
/// (bootstrap-signer-controller, token-cleaner-controller, …).
bool ControllerEnabled(const Setting& controllers, std::string_view name,
                       bool off_by_default = false);

}  // namespace seawall::cluster
