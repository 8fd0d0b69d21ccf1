// The parts that facts are read in, a file each. Private to this room.
#pragma once

#include "api/asker.h"

namespace seawall::api {

void ReadMachines(Asker& ask, cluster::ApiFacts& facts);   ///< facts_machines.cc
void ReadRbac(Asker& ask, cluster::ApiFacts& facts);       ///< facts_rbac.cc
void ReadAdmission(Asker& ask, cluster::ApiFacts& facts);  ///< facts_admission.cc
void ReadTokens(Asker& ask, cluster::ApiFacts& facts);     ///< facts_tokens.cc
void ReadNetwork(Asker& ask, cluster::ApiFacts& facts);    ///< facts_network.cc
void ReadVersions(Asker& ask, cluster::ApiFacts& facts);   ///< facts_versions.cc

/// The texts of a list of scalars.
std::vector<std::string> Texts(const yaml::Value& list);

}  // namespace seawall::api
