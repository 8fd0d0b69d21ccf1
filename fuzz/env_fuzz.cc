// Environment files of a unit, and their values taken apart as words.
#include "cluster/env_file.h"
#include "cluster/unit_file.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace seawall;
  for (const cluster::EnvAssignment& assignment : cluster::ReadEnvFile(fuzz::Text(data, size))) {
    fuzz::Require(!assignment.name.empty(), "a variable has a name");
    fuzz::Require(assignment.begin <= size, "a value begins in the file");
    (void)cluster::SplitVariableWords(assignment.value);
  }
  return 0;
}
