#include "cluster/admission.h"

#include <gtest/gtest.h>

#include "cluster/settings_testing.h"

namespace seawall::cluster {
namespace {

using testing::Subject;

PluginState State(std::vector<std::string> arguments, std::string_view plugin) {
  Subject subject(ComponentKind::kApiServer, std::move(arguments));
  subject.Read();
  return AdmissionPlugin(subject.component(), plugin).state;
}

TEST(Admission, DefaultsAddAndTakeAway) {
  EXPECT_EQ(State({}, "NodeRestriction"), PluginState::kOff);
  EXPECT_EQ(State({}, "ServiceAccount"), PluginState::kOn);
  EXPECT_EQ(State({}, "PodSecurityPolicy"), PluginState::kAbsent);
  EXPECT_EQ(State({"--enable-admission-plugins=NodeRestriction"}, "NodeRestriction"),
            PluginState::kOn);
  EXPECT_EQ(State({"--enable-admission-plugins=NodeRestriction"}, "ServiceAccount"),
            PluginState::kOn);
  EXPECT_EQ(State({"--disable-admission-plugins=ServiceAccount"}, "ServiceAccount"),
            PluginState::kOff);
  EXPECT_EQ(State({"--admission-control=NodeRestriction"}, "NodeRestriction"), PluginState::kOn);
  EXPECT_EQ(State({"--admission-control=NodeRestriction"}, "ServiceAccount"), PluginState::kOff)
      << "it replaces the set";
}

TEST(Admission, TheDecidingItemHasItsPlace) {
  Subject subject(ComponentKind::kApiServer,
                  {"--enable-admission-plugins=AlwaysPullImages,NodeRestriction"});
  subject.Read();
  const PluginUse use = AdmissionPlugin(subject.component(), "NodeRestriction");
  ASSERT_EQ(use.setting.items.size(), 1U);
  EXPECT_EQ(use.setting.items[0].place.column, 45U);
  EXPECT_GT(AdmissionPlugins(subject.component()).size(), 20U);
}

TEST(Admission, Unknown) {
  Subject hidden(ComponentKind::kApiServer,
                 {"--enable-admission-plugins=$(X)", "--disable-admission-plugins=ServiceAccount"});
  hidden.Unknown(0).Read();
  EXPECT_EQ(AdmissionPlugin(hidden.component(), "NodeRestriction").state, PluginState::kUnknown);
  EXPECT_EQ(AdmissionPlugin(hidden.component(), "ServiceAccount").state, PluginState::kOff);
  Subject versionless(ComponentKind::kApiServer, {"--enable-admission-plugins=NodeRestriction"});
  versionless.NoVersion().Read();
  EXPECT_EQ(AdmissionPlugin(versionless.component(), "NodeRestriction").state, PluginState::kOn);
  const PluginUse use = AdmissionPlugin(versionless.component(), "ServiceAccount");
  EXPECT_EQ(use.state, PluginState::kUnknown);
  EXPECT_FALSE(use.setting.how.empty());
}

}  // namespace
}  // namespace seawall::cluster
