// ABAC turned into RBAC: the same answers, and where RBAC cannot give them, which line, and between
// what one has to choose.
#pragma once

#include <string>
#include <vector>

#include "review/abac.h"
#include "review/discovery.h"
#include "review/objects.h"

namespace seawall::review {

/// Why RBAC cannot say what a line says.
enum class Gap : uint8_t {
  kUserAndGroup,   ///< both must hold; RBAC's subjects are alternatives
  kSubresources,   ///< every subresource of a resource, whatever they are called
  kNoNamespace,    ///< requests without a namespace and no others
  kResourceName,   ///< a resource with a slash: RBAC would read a subresource
  kNamespaceName,  ///< a namespace that cannot be called so
};
const char* ToString(Gap gap);  ///< "user-and-group", …

struct Inexact {
  uint32_t line = 0;
  Gap gap = Gap::kUserAndGroup;
  std::string why;
  std::string narrower, wider;  ///< what either choice allows, in words
};

struct Converted {
  std::vector<GrantSpec> grants;  ///< in the order of lines; equal lines once
  std::vector<Inexact> inexact;
  std::vector<uint32_t> nobody;  ///< lines that are about nobody: nothing is made of them
};

struct ConvertOptions {
  const Discovery* discovery = nullptr;  ///< nullptr: subresources are not known
  bool widen = false;                    ///< the wider choice, everywhere
};

/// Answers are equal for every request that an API server can be sent: those with a resource, or
/// with a URL that begins with a slash. Objects carry FILE:LINE in the annotation
/// seawall.dev/abac-line.
Converted Convert(const AbacPolicy& policy, const ConvertOptions& options);

}  // namespace seawall::review
