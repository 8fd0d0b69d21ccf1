// KubeletConfiguration: the file of --config, the drop-ins of --config-dir over it, and the
// kubelet's own rules on what a written value means.
#pragma once

#include <string>

#include "cluster/component.h"
#include "cluster/config_document.h"
#include "cluster/node.h"
#include "yaml/document.h"

namespace seawall::cluster {

/// Settings of one KubeletConfiguration document, as `audit -f` and kubeadm's files hold it: fills
/// `written` and `problems` of a kubelet that is started with this file and without flags. `root`
/// must stay alive during the call only.
void ReadKubeletDocument(const yaml::Value& root, Component& kubelet);

/// What --config and --config-dir (of `flags`, by flag name) say, by field path, into `fields`;
/// problems, gaps and flag_defaults go to the component.
void ReadKubeletFiles(const Node& node, Component& kubelet, const Settings& flags,
                      Settings& fields);

}  // namespace seawall::cluster
