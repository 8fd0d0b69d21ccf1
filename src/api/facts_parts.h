// The parts that facts are read in, a file each. Private to this room.
#pragma once

#include "api/asker.h"

namespace seawall::api {

void ReadMachines(Asker& ask, cluster::ApiFacts& facts);   ///< facts_machines.cc
void ReadRbac(Asker& ask, cluster::ApiFacts& facts);       ///< facts_rbac.cc
void ReadPods(Asker& ask, cluster::ApiFacts& facts);       ///< facts_pods.cc
void ReadAdmission(Asker& ask, cluster::ApiFacts& facts);  ///< facts_admission.cc
void ReadTokens(Asker& ask, cluster::ApiFacts& facts);     ///< facts_tokens.cc
void ReadNetwork(Asker& ask, cluster::ApiFacts& facts);    ///< facts_network.cc
void ReadVersions(Asker& ask, cluster::ApiFacts& facts);   ///< facts_versions.cc

/// The node that stands for the whole cluster; lists that are not known are its blind spots.
cluster::Node WholeCluster(const std::shared_ptr<const cluster::ApiFacts>& facts,
                           const std::string& server);

/// The texts of a list of scalars.
std::vector<std::string> Texts(const yaml::Value& list);

}  // namespace seawall::api
