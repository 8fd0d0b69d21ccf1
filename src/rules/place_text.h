// Places in words: what {where} in a rule's remedy becomes.
#pragma once

#include <string>
#include <string_view>

#include "base/place.h"
#include "cluster/component.h"

namespace seawall::rules {

/// "/etc/kubernetes/manifests/kube-apiserver.yaml:17:7"; without line and column for a whole file.
std::string PlaceText(const Place& place);

/// Where an argument is to be added that nobody has written yet: "the arguments of kube-apiserver
/// (FILE:LINE:COLUMN)";
/// of a kubelet or kube-proxy with a configuration file, that file; of kubeadm's and k3s' own
/// configuration, the field there.
std::string StartText(const cluster::Component& component);

/// `text` with each {where} replaced.
std::string WithPlace(std::string_view text, std::string_view where);

}  // namespace seawall::rules
