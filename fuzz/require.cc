#include "require.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace seawall::fuzz {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void RequirePrintable(std::string_view text, const char* what) {
  Require(PrintableLines(text) == text, what);
}

}  // namespace seawall::fuzz
