#include "cluster/cloud/managed.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace seawall::cluster::cloud {
namespace {

constexpr const char* kGke =
    R"({"name": "a", "location": "x", "status": "RUNNING", "currentMasterVersion": "1.34.1-gke.7",
  "selfLink": "https://container.googleapis.com/v1/projects/p/locations/x/clusters/a",
  "legacyAbac": {"enabled": true}})";

Setting Get(const ManagedCluster& cluster, std::string_view field) {
  return cluster.cluster.Get(field);
}

TEST(ReadDescriptions, OneAndHowItIsFound) {
  const auto clusters = ReadDescriptions(Provider::kGke, "a.json", kGke);
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  ASSERT_EQ(clusters->size(), 1u);
  const ManagedCluster& cluster = clusters->front();
  EXPECT_EQ(cluster.name, "a");
  EXPECT_EQ(cluster.location, "x");
  EXPECT_EQ(cluster.scope, "p");
  EXPECT_EQ(cluster.id, "projects/p/locations/x/clusters/a");
  ASSERT_TRUE(cluster.version);
  EXPECT_EQ(cluster.version->ToString(), "1.34.1");
  const Setting abac = Get(cluster, "legacyAbac.enabled");
  EXPECT_EQ(abac.state, SettingState::kSet);
  EXPECT_EQ(abac.text, "true");
  EXPECT_EQ(abac.origin.place.file, "a.json");
  EXPECT_EQ(abac.origin.place.line, 3u);
  EXPECT_EQ(abac.origin.place.column, 29u);
  EXPECT_EQ(Get(cluster, "no.such.field").state, SettingState::kUnknown);
}

TEST(ReadDescriptions, ListsAndWrappers) {
  const std::string one = kGke;
  for (const std::string& text :
       {fmt::format("[{0}, {0}]", one), fmt::format(R"({{"clusters": [{0},{0}], "x": 1}})", one),
        fmt::format("{0}\n---\n{0}", one)}) {
    const auto clusters = ReadDescriptions(Provider::kGke, "a.json", text);
    ASSERT_TRUE(clusters) << text << clusters.error().ToString();
    EXPECT_EQ(clusters->size(), 2u) << text;
  }
  const std::string eks =
      R"({"cluster": {"name": "a", "arn": "arn:aws-cn:eks:cn-north-1:1:cluster/a"}})";
  for (const std::string& text : {eks, "[" + eks + "]"}) {
    const auto clusters = ReadDescriptions(Provider::kEks, "a.json", text);
    ASSERT_TRUE(clusters) << text << clusters.error().ToString();
    EXPECT_EQ(clusters->front().location, "cn-north-1");
  }
  const auto aks = ReadDescriptions(
      Provider::kAks, "a.json",
      R"({"value": [{"name": "a", "id": "/Subscriptions/s/resourcegroups/g/x", "properties": {"dnsPrefix": "a", "enableRBAC": true}}]})");
  ASSERT_TRUE(aks) << aks.error().ToString();
  EXPECT_EQ(aks->front().group, "g");
  EXPECT_EQ(aks->front().scope, "s");
  EXPECT_EQ(Get(aks->front(), "enableRBAC").text, "true");
}

TEST(ReadDescriptions, GcloudsOwnYaml) {
  const auto clusters =
      ReadDescriptions(Provider::kGke, "a.yaml",
                       "name: a\nlocation: x\nlegacyAbac:\n  enabled: true\nmasterAuth: {}\n");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  EXPECT_EQ(Get(clusters->front(), "legacyAbac.enabled").text, "true");
}

TEST(ReadDescriptions, AListWhereNoneBelongsAndNoneWhereOneBelongsAreUnknown) {
  const auto read = [](const char* cidrs, const char* type) {
    const auto clusters = ReadDescriptions(
        Provider::kEks, "f",
        fmt::format("{{\"name\": \"a\", \"arn\": \"x\", \"resourcesVpcConfig\": "
                    "{{\"publicAccessCidrs\": {}}}, \"upgradePolicy\": {{\"supportType\": {}}}}}",
                    cidrs, type));
    return std::pair(Get(clusters->front(), "resourcesVpcConfig.publicAccessCidrs"),
                     Get(clusters->front(), "upgradePolicy.supportType"));
  };
  const auto [cidrs, type] = read("[\"192.0.2.0/24\", \"198.51.100.0/24\"]", "\"STANDARD\"");
  EXPECT_EQ(cidrs.text, "192.0.2.0/24,198.51.100.0/24");
  EXPECT_EQ(type.text, "STANDARD");
  for (const char* wrong : {"\"192.0.2.0/24\"", "[[\"192.0.2.0/24\"]]", "[{}, {\"a\": 1}]", "7"})
    EXPECT_EQ(read(wrong, "\"STANDARD\"").first.state, SettingState::kUnknown) << wrong;
  for (const char* wrong : {"[\"STANDARD\"]", "[[\"STANDARD\"]]", "{\"a\": \"STANDARD\"}"})
    EXPECT_EQ(read("[\"192.0.2.0/24\"]", wrong).second.state, SettingState::kUnknown) << wrong;
}

TEST(ReadDescriptions, WhatIsNoneIsAnErrorWithItsPlace) {
  struct Case {
    Provider provider;
    const char* text;
    const char* where;
    const char* why;
  };
  const Case cases[] = {
      {Provider::kGke, "", "f:1:1", "empty"},
      {Provider::kGke, " \n", "f:1:1", "empty"},
      {Provider::kGke, "[]", "f:1:1", "no cluster"},
      {Provider::kGke, "null", "f:1:1", "no description"},
      {Provider::kGke, "{}", "f:1:1", "does not describe"},
      {Provider::kGke, "{\"name\": \"a\",", "f:", ""},
      {Provider::kGke, "ERROR: (gcloud.container.clusters.describe) code=404", "f:1:1", "fails"},
      {Provider::kEks, "\nAn error occurred (ResourceNotFoundException) when calling", "f:1:1",
       "fails"},
      {Provider::kAks, "{\"error\": {\"code\": \"ResourceNotFound\", \"message\": \"m\"}}",
       "f:1:11", "ResourceNotFound"},
      {Provider::kEks, "{\"clusters\": [\"a\", \"b\"]}", "f:1:15", "name of a cluster"},
      {Provider::kEks, kGke, "f:1:1", "gcloud container clusters describe"},
      {Provider::kGke, "{\"cluster\": {\"name\": \"a\", \"arn\": \"x\", \"roleArn\": \"y\"}}",
       "f:1:13", "aws eks describe-cluster"},
      {Provider::kGke, "{\"name\": \"a\", \"agentPoolProfiles\": []}", "f:1:1", "az aks show"},
      {Provider::kGke, "{\"terraform_version\": \"1.9\", \"values\": {}}", "f:1:1", "Terraform"},
      {Provider::kGke, "{\"legacyAbac\": {}}", "f:1:1", "no usable name"},
      {Provider::kGke, "{\"name\": \"--all\", \"legacyAbac\": {}}", "f:1:10", "no usable name"},
      {Provider::kGke, "{\"name\": [1], \"legacyAbac\": {}}", "f:1:10", "no usable name"},
      {Provider::kGke, "{\"name\": \"a\", \"legacyAbac\": {\"enabled\": true, \"enabled\": false}}",
       "f:1:47", "twice"},
      {Provider::kGke, "[{\"name\": \"a\", \"legacyAbac\": {}}, 7]", "f:1:35", "name of a cluster"},
  };
  for (const Case& one : cases) {
    const auto clusters = ReadDescriptions(one.provider, "f", one.text);
    ASSERT_FALSE(clusters) << one.text;
    EXPECT_TRUE(clusters.error().where.starts_with(one.where))
        << one.text << ": " << clusters.error().ToString();
    EXPECT_NE(clusters.error().why.find(one.why), std::string::npos)
        << one.text << ": " << clusters.error().ToString();
    EXPECT_FALSE(clusters.error().todo.empty()) << one.text;
  }
}

TEST(ReadDescriptions, DeepAndEndlessInputIsBounded) {
  EXPECT_FALSE(ReadDescriptions(Provider::kGke, "f", std::string(100000, '[')));
  std::string deep = R"({"name": "a", "legacyAbac": )";
  for (int i = 0; i < 1000; ++i) deep += "{\"a\": ";
  EXPECT_FALSE(ReadDescriptions(Provider::kGke, "f", deep));
  std::string wide = R"({"name": "a", "legacyAbac": {}, "x": [)";
  for (int i = 0; i < 700000; ++i) wide += "1,";
  EXPECT_FALSE(ReadDescriptions(Provider::kGke, "f", wide + "1]}"));
}

constexpr const char* kState = R"({"version": 4, "terraform_version": "1.9.0", "resources": [
 {"mode": "data", "type": "aws_eks_cluster", "name": "other", "instances": [{"attributes": {"name": "no"}}]},
 {"module": "module.m[0]", "mode": "managed", "type": "google_container_cluster", "name": "g",
  "instances": [{"index_key": "k", "attributes": {"name": "a", "location": "x", "project": "p",
   "enable_legacy_abac": true, "master_authorized_networks_config": [], "release_channel": [{"channel": "STABLE"}],
   "master_auth": [{"client_key": "", "client_certificate_config": [{"issue_client_certificate": false}]}],
   "node_pool": [{"name": "n", "node_config": [{"service_account": "default"}]}]}}]},
 {"mode": "managed", "type": "azurerm_kubernetes_cluster", "name": "k",
  "instances": [{"attributes": {"name": "b", "resource_group_name": "g", "id": "/subscriptions/S/x/K",
   "run_command_enabled": true, "azure_active_directory_role_based_access_control": [{"tenant_id": "t"}],
   "default_node_pool": [{"name": "d", "enable_node_public_ip": false}]}}]},
 {"mode": "managed", "type": "azurerm_kubernetes_cluster_node_pool", "name": "p",
  "instances": [{"attributes": {"name": "second", "kubernetes_cluster_id": "/subscriptions/s/x/k", "node_public_ip_enabled": true}}]}
]})";

TEST(ReadTerraform, AStateAsItLiesOnDisk) {
  const auto clusters = ReadTerraform("s.json", kState);
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  ASSERT_EQ(clusters->size(), 2u);
  const ManagedCluster& gke = (*clusters)[0];
  EXPECT_EQ(gke.id, "module.m[0].google_container_cluster.g[\"k\"]");
  EXPECT_EQ(gke.scope, "p");
  EXPECT_EQ(Get(gke, "legacyAbac.enabled").text, "true");
  EXPECT_EQ(Get(gke, "legacyAbac.enabled").name, "enable_legacy_abac");
  EXPECT_EQ(Get(gke, "masterAuthorizedNetworksConfig.enabled").text, "false");
  EXPECT_EQ(Get(gke, "releaseChannel.channel").text, "STABLE");
  EXPECT_EQ(Get(gke, "masterAuth.username").state, SettingState::kDefault);
  EXPECT_EQ(Get(gke, "masterAuth.clientKey").text, "");
  EXPECT_EQ(Get(gke, "anonymousAuthenticationConfig.mode").state, SettingState::kUnknown);
  ASSERT_EQ(gke.pools.size(), 1u);
  EXPECT_EQ(gke.pools[0].Get("config.serviceAccount").text, "default");
  const ManagedCluster& aks = (*clusters)[1];
  EXPECT_EQ(aks.scope, "S");
  EXPECT_EQ(Get(aks, "apiServerAccessProfile.disableRunCommand").text, "false");
  EXPECT_EQ(Get(aks, "aadProfile.managed").text, "true");
  ASSERT_EQ(aks.pools.size(), 2u);
  EXPECT_EQ(aks.pools[0].Get("enableNodePublicIP").text, "false");
  EXPECT_EQ(aks.pools[1].Get("enableNodePublicIP").text, "true");
}

TEST(ReadTerraform, OfAPlanWhatIsKnownAfterApplyIsUnknown) {
  const auto clusters = ReadTerraform("p.json", R"({"format_version": "1.2", "planned_values":
 {"root_module": {"child_modules": [{"resources": [{"address": "module.m.aws_eks_cluster.e", "mode": "managed",
  "type": "aws_eks_cluster", "values": {"name": "a", "version": null, "enabled_cluster_log_types": null,
   "vpc_config": [{"endpoint_private_access": true, "public_access_cidrs": null}],
   "encryption_config": [{"resources": ["secrets"], "provider": [{}]}]}}]}]}},
 "resource_changes": [{"address": "module.m.aws_eks_cluster.e", "change": {"actions": ["create"], "after_unknown":
  {"arn": true, "access_config": true, "encryption_config": [{"resources": [false], "provider": [{"key_arn": true}]}],
   "vpc_config": [{"endpoint_public_access": true}]}}}]})");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  ASSERT_EQ(clusters->size(), 1u);
  const ManagedCluster& eks = clusters->front();
  EXPECT_TRUE(eks.planned);
  EXPECT_EQ(eks.id, "module.m.aws_eks_cluster.e");
  for (const char* field : {"accessConfig.authenticationMode", "encryptionConfig.provider.keyArn",
                            "resourcesVpcConfig.endpointPublicAccess"}) {
    const Setting setting = Get(eks, field);
    EXPECT_EQ(setting.state, SettingState::kUnknown) << field;
    EXPECT_NE(setting.why.find("after apply"), std::string::npos) << field << ": " << setting.why;
  }
  EXPECT_EQ(Get(eks, "resourcesVpcConfig.endpointPrivateAccess").text, "true");
  EXPECT_EQ(Get(eks, "encryptionConfig.resources").text, "secrets");
  EXPECT_EQ(Get(eks, "logging.clusterLogging").state, SettingState::kDefault);
  // A provider that does not know the attribute has not said anything.
  EXPECT_EQ(Get(eks, "deletionProtection").state, SettingState::kUnknown);
}

TEST(ReadTerraform, APlanMayHoldItsChangesOnly) {
  const auto clusters = ReadTerraform("p.json", R"({"format_version": "1.2", "resource_changes": [
 {"address": "aws_eks_cluster.gone", "mode": "managed", "type": "aws_eks_cluster",
  "change": {"actions": ["delete"], "before": {"name": "g"}, "after": null, "after_unknown": {}}},
 {"address": "data.aws_eks_cluster.d", "mode": "data", "type": "aws_eks_cluster",
  "change": {"actions": ["read"], "after": {"name": "d"}}},
 {"address": "aws_eks_cluster.e[\"x\"]", "mode": "managed", "type": "aws_eks_cluster",
  "change": {"actions": ["delete", "create"], "before": {"name": "old"}, "after":
   {"name": "a", "vpc_config": [{"endpoint_private_access": true}]},
   "after_unknown": {"vpc_config": [{"public_access_cidrs": true}]}}}]})");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  ASSERT_EQ(clusters->size(), 1u);
  const ManagedCluster& eks = clusters->front();
  EXPECT_TRUE(eks.planned);
  EXPECT_EQ(eks.id, "aws_eks_cluster.e[\"x\"]");
  EXPECT_EQ(Get(eks, "resourcesVpcConfig.endpointPrivateAccess").text, "true");
  EXPECT_EQ(Get(eks, "resourcesVpcConfig.publicAccessCidrs").state, SettingState::kUnknown);
}

TEST(ReadTerraform, NodePoolsOfTheirOwnBelongToTheirCluster) {
  const auto clusters = ReadTerraform("p.json", R"({"format_version": "1.2", "planned_values":
 {"root_module": {"resources": [
  {"address": "google_container_cluster.c", "mode": "managed", "type": "google_container_cluster",
   "values": {"name": "c", "location": "l", "node_pool": [{"name": "own"}]}},
  {"address": "google_container_node_pool.a", "mode": "managed", "type": "google_container_node_pool",
   "values": {"name": "a", "cluster": "projects/p/locations/l/clusters/c", "location": "l",
    "management": [{"auto_upgrade": false}], "node_config": [{}]}},
  {"address": "google_container_node_pool.own", "mode": "managed", "type": "google_container_node_pool",
   "values": {"name": "own", "cluster": "c"}},
  {"address": "google_container_node_pool.far", "mode": "managed", "type": "google_container_node_pool",
   "values": {"name": "far", "cluster": "c", "location": "elsewhere"}},
  {"address": "google_container_node_pool.other", "mode": "managed", "type": "google_container_node_pool",
   "values": {"name": "b", "cluster": "not-c"}}]}},
 "resource_changes": [{"address": "google_container_node_pool.a", "mode": "managed",
  "type": "google_container_node_pool", "change": {"after": {},
   "after_unknown": {"node_config": [{"service_account": true}]}}}]})");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  ASSERT_EQ(clusters->size(), 1u);
  const auto& pools = clusters->front().pools;
  ASSERT_EQ(pools.size(), 2u);
  EXPECT_EQ(pools[1].prefix, "google_container_node_pool.a.");
  EXPECT_EQ(pools[1].Get("management.autoUpgrade").text, "false");
  EXPECT_EQ(pools[1].Get("config.serviceAccount").state, SettingState::kUnknown);
}

TEST(ReadTerraform, OldNamesOfAttributes) {
  const auto clusters = ReadTerraform("s.json", R"({"version": 4, "resources": [
 {"mode": "managed", "type": "azurerm_kubernetes_cluster", "name": "k",
  "instances": [{"attributes": {"name": "b", "private_link_enabled": true}},
   {"attributes": {"name": "c", "private_link_enabled": true, "private_cluster_enabled": true}}]}]})");
  ASSERT_TRUE(clusters) << clusters.error().ToString();
  for (const ManagedCluster& aks : *clusters)
    EXPECT_EQ(Get(aks, "apiServerAccessProfile.enablePrivateCluster").text, "true");
}

TEST(ReadTerraform, WhatIsNoneIsAnErrorWithItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "empty"},
      {"PK\x03\x04zip", "saved plan"},
      {"{\"@level\":\"info\"}\n{\"@level\":\"info\"}", "log"},
      {"resource \"aws_eks_cluster\" \"a\" {}", "not JSON"},
      {"{\"version\": 3, \"resources\": []}", "version 4"},
      {"{\"version\": 3, \"modules\": []}", "version 4"},
      {"{\"format_version\": \"1.0\"}", "there is no google_container_cluster"},
      {"{\"a\": 1}", "no state and no plan"},
      {"{\"version\": 4, \"resources\": [", ""},
      {"{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"type\": \"aws_eks_cluster\", "
       "\"instances\": [{}]}]}",
       "no attributes"},
      {"{\"version\": 4, \"resources\": [{\"mode\": \"managed\", \"type\": \"aws_eks_cluster\", "
       "\"instances\": [{\"attributes\": {\"name\": \"-x\"}}]}]}",
       "no usable name"},
  };
  for (const auto& [text, why] : cases) {
    const auto clusters = ReadTerraform("f", text);
    ASSERT_FALSE(clusters) << text;
    EXPECT_TRUE(clusters.error().where.starts_with("f:")) << clusters.error().ToString();
    EXPECT_NE(clusters.error().why.find(why), std::string::npos) << clusters.error().ToString();
  }
}

TEST(Fields, NamesAreUniqueAndFound) {
  for (const Provider provider : {Provider::kGke, Provider::kEks, Provider::kAks}) {
    for (const auto fields : {ClusterFields(provider), PoolFields(provider)}) {
      std::set<std::string_view> names;
      for (const Field& field : fields) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name;
        EXPECT_FALSE(std::string_view(field.description).empty()) << field.name;
      }
    }
  }
}

}  // namespace
}  // namespace seawall::cluster::cloud
