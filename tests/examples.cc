#include "examples.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "program.h"

namespace seawall::test {

const Examples& Examples::Get() {
  static const Examples examples;
  return examples;
}

Examples::Examples() : folder_(Source() + "/build/test-examples") {
  if (std::filesystem::exists(folder_ + "/complete")) return;
  folder_ = tree_.root();
  Ran run = RunCommand({Source() + "/examples/lay-out.sh", tree_.root()}, {.timeout_seconds = 120});
  EXPECT_EQ(run.status, 0) << run.err;
}

}  // namespace seawall::test
