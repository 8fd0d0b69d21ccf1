// The AuthenticationConfiguration of a kube-apiserver, made or edited. Private to this room.
#pragma once

#include <functional>

#include "harden/fix_actions.h"
#include "yaml/document.h"

namespace seawall::harden {

/// One edit of the file.
using FileEditor = std::function<Result<Edit>(const yaml::Stream&)>;

/// `edit` of the file of --authentication-config; of a new one, with its volume and flag, where
/// there is none. Flags that the file excludes move into it: --anonymous-auth away, --oidc-* by the
/// same meaning (which needs a consent of its own).
Result<Draft> WithAuthenticationFile(const FixContext& context, const FileEditor& edit);

Result<Edit> AnonymousForHealth(const yaml::Stream& file);
Result<Edit> AddIssuer(const yaml::Stream& file, const std::string& issuer,
                       const std::string& audience, const std::string& username_claim);

}  // namespace seawall::harden
