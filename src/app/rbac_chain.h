// The authorizers that the rbac commands ask: --authorization-mode, --authorization-config,
// --webhook.
#pragma once

#include "app/command.h"
#include "app/rbac_inputs.h"
#include "rbac/chain.h"

namespace seawall::app {

/// Those of the command line; RBAC when it names none. Errors: kUsage, and what the API server
/// refuses an AuthorizationConfiguration for.
Result<rbac::Chain> ReadChain(const Arguments& arguments);

/// Where none are named, --webhook speaks of these: those of the API server which was asked, as far
/// as the API shows them; a file of its own is a webhook that is not known. With Node among them,
/// what that decides by is read, too, if `of_nodes`. Errors: of --webhook.
Result<void> TakeLiveChain(const Arguments& arguments, bool of_nodes, LoadedPolicy& loaded,
                           rbac::Chain& chain);

bool HasMode(const rbac::Chain& chain, rbac::Mode mode);

}  // namespace seawall::app
