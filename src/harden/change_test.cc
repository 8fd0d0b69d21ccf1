#include "harden/change.h"

#include <gtest/gtest.h>

#include "x509/openssl.h"

namespace seawall::harden {
namespace {

TEST(Splice, ReplacesInsertsAndDeletes) {
  EXPECT_EQ(Splice("0123456789", {{1, 2, "ab"}, {3, 0, "+"}, {8, 2, ""}}), "0ab+34567");
  EXPECT_EQ(Splice("", {{0, 0, "new"}}), "new");
  EXPECT_EQ(Splice("same", {}), "same");
}

TEST(Splice, WhatLiesOutsideIsRefused) {
  EXPECT_FALSE(Splice("012", {{4, 0, "x"}}));
  EXPECT_FALSE(Splice("012", {{2, 2, "x"}}));
  EXPECT_FALSE(Splice("012", {{1, UINT64_MAX, "x"}}));
  EXPECT_FALSE(Splice("012345", {{3, 1, "x"}, {2, 1, "y"}}));
  EXPECT_FALSE(Splice("012345", {{2, 2, "x"}, {3, 1, "y"}}));
}

TEST(After, AnEditedAndANewFile) {
  FileChange change;
  change.before.exists = true;
  change.edits = {{0, 1, "b"}};
  change.mode = 0600;
  EXPECT_EQ(After(change, "a"), (FileState{true, x509::Sha256("b"), 0600, 0, 0}));
  FileChange fresh;
  fresh.content = "new";
  fresh.mode = 0640;
  fresh.uid = 1;
  fresh.gid = 2;
  EXPECT_EQ(After(fresh, "ignored"), (FileState{true, x509::Sha256("new"), 0640, 1, 2}));
}

}  // namespace
}  // namespace seawall::harden
