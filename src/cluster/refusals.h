// What a component's own validation refuses, as far as its settings show it: each becomes a fatal
// Problem. Called once all of `written` is there.
#pragma once

#include "cluster/component.h"
#include "cluster/node.h"

namespace seawall::cluster {

void RefuseApiServer(const Node& node, Component& component);
void RefuseControllerManager(const Node& node, Component& component);
void RefuseScheduler(const Node& node, Component& component);
void RefuseKubelet(const Node& node, Component& component);
void RefuseProxy(const Node& node, Component& component);
void RefuseEtcd(const Node& node, Component& component);

}  // namespace seawall::cluster
