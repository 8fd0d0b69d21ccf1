// For tests only: certificates and keys made on the spot, by the names that this room's tests use.
#pragma once

#include "x509/test_pki.h"

namespace seawall::rules {

using namespace x509::testing;  // NOLINT(google-build-using-namespace): tests only

}  // namespace seawall::rules
