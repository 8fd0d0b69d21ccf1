// etcd's --config-file: a YAML mapping without kind, read leniently; its keys become settings by
// the names of the flags.
#pragma once

#include "cluster/component.h"
#include "cluster/flag_use.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Fills `written` and `problems` of `etcd` from its configuration file: then nothing else counts.
void ReadEtcdDocument(const yaml::Stream& stream, Component& etcd);

}  // namespace seawall::cluster
