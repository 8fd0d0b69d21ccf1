// The files behind `audit -f`: one file, a folder's YAML and JSON files, standard input.
#pragma once

#include <string>
#include <vector>

#include "cluster/node.h"

namespace seawall::app {

/// Bounded: 10,000 files, 16 MiB each, 256 MiB in all. Names are as the user gave them, files of a
/// folder below it.
Result<std::vector<cluster::ConfigurationSource>> ReadConfigurationFiles(
    const std::vector<std::string>& names);

}  // namespace seawall::app
