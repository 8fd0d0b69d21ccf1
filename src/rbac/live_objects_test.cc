#include "rbac/live_objects.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace seawall::rbac {
namespace {

yaml::Stream Binding(const std::string& space, const std::string& name, const std::string& user) {
  return *yaml::Parse(
      "test",
      fmt::format(
          R"({{"metadata":{{"name":"{}","namespace":"{}"}},"roleRef":{{"kind":"Role","name":"r"}},"subjects":[{{"kind":"User","name":"{}"}}]}})",
          name, space, user));
}
std::set<std::string> Bound(const Policy& policy) {
  std::set<std::string> all;
  for (const auto& one : policy.bindings) {
    all.insert(fmt::format("{}/{} {} at {}", policy.Text(one.space), policy.Text(one.name),
                           policy.Text(policy.SubjectsOf(one)[0].name), policy.Where(one.spot)));
  }
  return all;
}
using Texts = std::set<std::string>;

TEST(LiveObjects, ReplacedAndRemovedByName) {
  LiveObjects objects("RoleBinding");
  for (const char* name : {"a", "b", "c"})
    ASSERT_TRUE(objects.Add(Binding("x", name, "ann").root()));
  ASSERT_TRUE(objects.Add(Binding("y", "a", "ben").root()));
  ASSERT_TRUE(objects.Add(Binding("x", "b", "bob").root()));
  EXPECT_EQ(Bound(objects.policy()),
            (Texts{"x/a ann at rolebinding/x/a", "x/b bob at rolebinding/x/b",
                   "x/c ann at rolebinding/x/c", "y/a ben at rolebinding/y/a"}));
  objects.Remove("x", "a");
  objects.Remove("x", "a");
  objects.Remove("y", "b");
  objects.Remove("never", "heard of");
  EXPECT_EQ(Bound(objects.policy()).size(), 3u);
  // What took the place of what went can be replaced and removed, too.
  ASSERT_TRUE(objects.Add(Binding("y", "a", "eve").root()));
  objects.Remove("x", "c");
  EXPECT_EQ(Bound(objects.policy()),
            (Texts{"x/b bob at rolebinding/x/b", "y/a eve at rolebinding/y/a"}));
  objects.Remove("x", "b");
  objects.Remove("y", "a");
  EXPECT_TRUE(objects.policy().bindings.empty());
  ASSERT_TRUE(objects.Add(Binding("x", "a", "ann").root()));
  EXPECT_EQ(Bound(objects.Take()), Texts{"x/a ann at rolebinding/x/a"});
}

}  // namespace
}  // namespace seawall::rbac
