// The commands that mend a managed cluster, with its own name, place and group in them, quoted for
// a shell; for what Terraform keeps, the edit of its resource too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/cloud/managed.h"
#include "rules/rule.h"

namespace seawall::rules {

/// One word of a POSIX shell (bash where there are control characters in it).
std::string ShellWord(std::string_view text);

/// The rule's remedy for this cluster. Marks in the row's text:
///   {gke}   NAME --location LOCATION [--project PROJECT]
///   {of}    the same behind --cluster, for node pools
///   {there} --location LOCATION [--project PROJECT]
///   {eks}   --name NAME --region REGION;  {eks-cluster} with --cluster-name
///   {region} --region REGION
///   {aks}   --resource-group GROUP --name NAME [--subscription ID];  {aks-cluster} with
///   --cluster-name {id}    as the provider writes it;  {key} the encryption key {pool}  a node
///   pool's name; the whole is said once for each of `pools`
std::string ManagedRemedy(const Rule& rule, const cluster::cloud::ManagedCluster& cluster,
                          const std::vector<std::string>& pools);
/// The same for no cluster in particular, with NAME, LOCATION and so on.
std::string GeneralManagedRemedy(const Rule& rule);

}  // namespace seawall::rules
