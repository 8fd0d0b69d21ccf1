#include "cluster/controllers.h"

#include <gtest/gtest.h>

namespace seawall::cluster {
namespace {

Setting List(std::initializer_list<const char*> items) {
  Setting setting;
  setting.state = SettingState::kSet;
  for (const char* item : items) setting.items.push_back({item, {}});
  return setting;
}

TEST(Controllers, NamesStarsAndMinus) {
  EXPECT_TRUE(ControllerEnabled(List({"*"}), "x"));
  EXPECT_FALSE(ControllerEnabled(List({"*"}), "x", true));
  EXPECT_TRUE(ControllerEnabled(List({"*", "x"}), "x", true));
  EXPECT_FALSE(ControllerEnabled(List({"*", "-x"}), "x"));
  EXPECT_TRUE(ControllerEnabled(List({"x", "-x"}), "x")) << "the first wins";
  EXPECT_FALSE(ControllerEnabled(List({"y"}), "x"));
}

}  // namespace
}  // namespace seawall::cluster
