// For tests only: a cluster of a few nodes, put together by hand, and the outcome of one rule on
// it.
#pragma once

#include <deque>

#include "rules/test_node.h"
#include "rules/whole/cluster.h"
#include "x509/test_pki.h"

namespace seawall::rules::whole {

class TestCluster {
 public:
  /// A node without anything. References stay good.
  TestNode& Add(const std::string& name) {
    nodes_.emplace_back().node.name = name;
    return nodes_.back();
  }
  TestNode& operator[](size_t i) { return nodes_[i]; }
  std::optional<std::vector<std::string>> listed;
  std::map<std::string, std::string> secrets_key_of;  ///< by the node's name

  Finding Ask(const char* id) {
    Cluster cluster;
    for (TestNode& test : nodes_) {
      cluster::Node fresh;
      fresh.name = test.node.name;
      fresh.components = test.node.components;
      fresh.blind_spots = test.node.blind_spots;
      fresh.files = test.node.files;
      cluster.Add(FactsOf(fresh, Inventory(fresh), secrets_key_of[fresh.name]));
    }
    if (listed) cluster.SetListed(*listed);
    Selection selection;
    selection.ids = {id};
    std::vector<Finding> findings = cluster.Judge(selection);
    EXPECT_EQ(findings.size(), 1u) << id;
    return findings.empty() ? Finding{} : findings.front();
  }

  std::string Verdict(const char* id) {
    const Finding finding = Ask(id);
    last = finding.outcome;
    EXPECT_EQ(finding.node, kClusterName);
    EXPECT_EQ(finding.component, "cluster");
    EXPECT_FALSE(last.reason.empty()) << id;
    return ToString(last.verdict);
  }
  Outcome last;

 private:
  std::deque<TestNode> nodes_;
};

/// Nodes "cp-0" and so on, each with one component of this kind.
inline TestCluster Several(cluster::ComponentKind kind, size_t count) {
  TestCluster cluster;
  for (size_t i = 0; i < count; ++i) cluster.Add("cp-" + std::to_string(i)).Add(kind);
  return cluster;
}

}  // namespace seawall::rules::whole
