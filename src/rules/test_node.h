// For tests only: a node of a few components and files, put together by hand, and the outcome of
// one rule on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "cluster/flag_table.h"
#include "cluster/node.h"
#include "rules/rule.h"

namespace seawall::rules {

class TestNode {
 public:
  TestNode() : files_(std::make_shared<MemoryFiles>()) {
    node.name = "n";
    node.root = "/";
    node.files = files_;
  }

  cluster::Node node;
  int64_t now = 1800000000;  ///< 2027-01-15

  MemoryFiles& files() { return *files_; }

  /// A component of Kubernetes 1.37 (etcd 3.6), which the tables know. References stay good until
  /// the next Add.
  cluster::Component& Add(cluster::ComponentKind kind,
                          cluster::RunBy by = cluster::RunBy::kStaticPod) {
    cluster::Component component;
    component.kind = kind;
    component.instance = cluster::ToString(kind);
    component.run_by = by;
    bool etcd = kind == cluster::ComponentKind::kEtcd;
    component.version = cluster::Version{etcd ? 3 : 1, etcd ? 6 : 37, 0, "test", {}};
    component.where.file =
        std::string("/etc/kubernetes/manifests/") + cluster::ToString(kind) + ".yaml";
    component.where.line = 1;
    node.components.push_back(std::move(component));
    return node.components.back();
  }

  /// Somebody wrote this setting: at line 7 of a file, or by flag. Commas make a list where the
  /// setting is one in the tables, or a field's name that they do not have.
  static void Set(cluster::Component& component, const std::string& name, const std::string& value,
                  cluster::OriginKind kind = cluster::OriginKind::kFlag) {
    cluster::Setting setting;
    setting.name = name;
    setting.state = cluster::SettingState::kSet;
    setting.text = value;
    setting.origin = {kind, {component.where.file, 7, 9, {}}, ""};
    if (IsScalar(component, name)) {
      setting.items.push_back({value, setting.origin.place});
      component.written[name] = std::move(setting);
      return;
    }
    for (size_t begin = 0; begin <= value.size();) {
      size_t comma = std::min(value.find(',', begin), value.size());
      setting.items.push_back({value.substr(begin, comma - begin), setting.origin.place});
      begin = comma + 1;
    }
    component.written[name] = std::move(setting);
  }

  static bool IsScalar(const cluster::Component& component, const std::string& name) {
    const auto* row = cluster::FlagTable(component.kind, component.version).Find(name);
    return row != nullptr && row->repeat == cluster::versions::Repeat::kLastWins;
  }

  /// Somebody wrote this setting, and to what cannot be known.
  static void Hide(cluster::Component& component, const std::string& name) {
    cluster::Setting setting;
    setting.name = name;
    setting.state = cluster::SettingState::kUnknown;
    setting.why = "it comes from a ConfigMap";
    setting.how = "look at the ConfigMap";
    component.written[name] = std::move(setting);
  }

  Finding Ask(const char* id) {
    // A node keeps what it has read: files that a test changes afterwards must be seen.
    cluster::Node fresh;
    fresh.name = node.name;
    fresh.is_machine = node.is_machine;
    fresh.live = node.live;
    fresh.roles = node.roles;
    fresh.components = node.components;
    fresh.blind_spots = node.blind_spots;
    fresh.files = node.files;
    Selection selection;
    selection.ids = {id};
    std::vector<Finding> findings = Evaluate(fresh, selection, now);
    EXPECT_EQ(findings.size(), 1u) << id;
    return findings.empty() ? Finding{} : findings.front();
  }

  /// "pass: …": verdict and reason together, for messages of failing tests.
  std::string Verdict(const char* id) {
    Finding finding = Ask(id);
    last = finding.outcome;
    return ToString(finding.outcome.verdict);
  }
  Outcome last;

 private:
  std::shared_ptr<MemoryFiles> files_;
};

}  // namespace seawall::rules
