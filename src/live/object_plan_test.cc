// Objects as they are compared and written, their owners, and the plan's file.
#include "live/object_plan.h"

#include <gtest/gtest.h>

#include "live/object_owner.h"

namespace seawall::live {
namespace {

constexpr const char* kRole =
    R"({"kind":"Role","metadata":{"name":"dev","uid":"u1","resourceVersion":"7","creationTimestamp":"2026-11-01T00:00:00Z","managedFields":[{"manager":"x"}],"labels":{"yes":"on","n":"1"},"annotations":{}},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]})";

TEST(ObjectPlan, WhatTheServerAloneWritesMakesNoDifference) {
  const auto is = SameText(kRole);
  ASSERT_TRUE(is) << is.error().ToString();
  EXPECT_EQ(
      *is,
      *SameText(
          R"({"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"],"resourceNames":[]}],"metadata":{"labels":{"n":"1","yes":"on"},"name":"dev","uid":"u2"},"kind":"Role","aggregationRule":null})"));
  for (
      const char* other :
      {R"({"kind":"Role","metadata":{"name":"dev","labels":{"yes":"on","n":"1"}},"rules":[]})",
       R"({"kind":"Role","metadata":{"name":"dev"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]})"})
    EXPECT_NE(*is, *SameText(other));
  EXPECT_EQ(*SameText(""), "");
  for (const char* none : {"[]", "{", "text", "{\"metadata\":1}"}) EXPECT_FALSE(SameText(none));
}

TEST(ObjectPlan, AMemberIsReplacedAndTheRestStays) {
  auto yaml = yaml::Parse("y", "rules:\n- verbs: [list, \"true\", \"1\"]\n");
  ASSERT_TRUE(yaml);
  const auto text = ObjectText(kRole, *IdentityOf(kRole), {"rules", yaml->root()["rules"]});
  ASSERT_TRUE(text);
  auto object = yaml::Parse("o", *text);
  ASSERT_TRUE(object);
  const yaml::Value root = object->root();
  EXPECT_TRUE(yaml::IsJson(*text));
  EXPECT_EQ(root["rules"].size(), 1u);
  for (const yaml::Value& verb : root["rules"][size_t{0}]["verbs"].Items())
    EXPECT_EQ(verb.type(), yaml::ScalarType::kString) << verb.text();
  EXPECT_EQ(root["metadata"]["resourceVersion"].text(), "7");
  EXPECT_EQ(root["metadata"]["uid"].text(), "u1");
  EXPECT_EQ(root["metadata"]["labels"]["yes"].type(), yaml::ScalarType::kString);
  EXPECT_FALSE(root["metadata"]["managedFields"].exists());
  EXPECT_FALSE(yaml::Parse("o", *ObjectText(kRole))->root()["metadata"]["uid"].exists());
}

TEST(ObjectPlan, ItsFileIsReadAsItWasWritten) {
  ObjectPlan plan;
  plan.server = "192.0.2.1:6443";
  plan.cluster = "uid";
  plan.kubeconfig = "/etc/\"x\"\n";
  plan.changes = {{"/apis/a", "Role a", kRole, ""}, {"/apis/b", "Role b", "", kRole}};
  plan.questions = {{1, "{}", "ann: get pods", true}};
  plan.unproven = {"something"};
  const std::string text = ObjectPlanText(plan);
  const auto again = ReadObjectPlan("p", text);
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(ObjectPlanText(*again), text);
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return ReadObjectPlan("p", other);
  };
  EXPECT_FALSE(broken("\"change\": 1", "\"change\": 2"));
  EXPECT_FALSE(broken("\"change\": 1", "\"change\": -1"));
  EXPECT_FALSE(broken("\"/apis/b\"", "\"apis/b\""));
  EXPECT_FALSE(broken("seawall-object-plan", "seawall-plan"));
  EXPECT_EQ(broken("\"1.0\"", "\"2.0\"").error().code, ErrorCode::kUnsupported);
  for (size_t end = 0; end < text.size() - 2; end += 7)
    EXPECT_FALSE(ReadObjectPlan("p", text.substr(0, end))) << end;
}

TEST(ObjectOwner, IsWhoWouldRestoreIt) {
  const auto owner = [](const std::string& metadata) {
    auto stream = yaml::Parse("o", "{\"metadata\":{" + metadata + "}}");
    return OwnerOf(stream->root());
  };
  EXPECT_EQ(owner(""), "");
  EXPECT_EQ(owner(R"("labels":{"app":"x"},"managedFields":[{"manager":"kubectl-edit"}])"), "");
  EXPECT_EQ(owner(R"("annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"})"), "");
  EXPECT_EQ(owner(R"("annotations":{"rbac.authorization.kubernetes.io/autoupdate":"true"})"),
            "rbac.authorization.kubernetes.io/autoupdate=true");
  EXPECT_EQ(owner(R"("labels":{"app.kubernetes.io/managed-by":"Helm"})"),
            "app.kubernetes.io/managed-by=Helm");
  EXPECT_EQ(owner(R"("managedFields":[{"manager":"kubectl"},{"manager":"Argocd-Controller"}])"),
            "written by Argocd-Controller");
  EXPECT_EQ(owner(R"("ownerReferences":[{"kind":"Shop","name":"x"}])"), "it belongs to Shop x");
  EXPECT_EQ(owner(R"("deletionTimestamp":"2026-11-01T00:00:00Z")"), "it is being deleted");
}

}  // namespace
}  // namespace seawall::live
