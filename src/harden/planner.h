// Makes a Plan: findings that fail, a fix for each, in memory, until a whole audit of the changed
// tree says that it is better and nothing is worse.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/files.h"
#include "harden/plan.h"

namespace seawall::harden {

struct PlanRequest {
  std::string root;  ///< absolute, for the plan
  rules::Selection selection;
  std::string profile = "recipe";  ///< what narrows the selection; a file's name
  /// Whether the profile speaks of a rule.
  std::function<bool(const rules::Rule&)> in_profile;
  Parameters set;
  cluster::ReadOptions read;
  /// "NAME=PREFIX": files below PREFIX belong to NAME.
  std::vector<std::pair<std::string, std::string>> owned_by;
  int64_t now = 0;
  bool live = false;  ///< look at processes too: those that no file starts cannot be mended
  /// Whether a text holds what looks like a secret: a plan has none. Not set: nothing does.
  std::function<bool(std::string_view)> looks_secret;
  AbacQuiet abac_quiet;
  AskEtcdPeers etcd_peers;
};

/// Reads the tree; changes nothing. Errors: the tree cannot be read.
Result<Plan> MakePlan(std::shared_ptr<const Files> files, const PlanRequest& request);

/// The rows of the recipe that have fixes, and modes and owners of files.
bool InRecipe(const rules::Rule& rule);
/// Rules that stand for an item of the CIS benchmark.
bool InCis(const rules::Rule& rule);
/// What the benchmark itself chooses: parameters of the profile `cis`.
Parameters CisParameters();

/// Who else writes a file, by marks in its first lines; "" when nobody is known.
std::string OwnerOfText(std::string_view bytes);

}  // namespace seawall::harden
