// Small trees for fuzz targets that go through the whole audit of a node.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "require.h"

namespace seawall::fuzz {

/// Reads the node and asks every rule. `live` adds /proc.
void Audit(const std::shared_ptr<const MemoryFiles>& files, bool live = false);

/// A static pod of kube-apiserver 1.37 with one argument, and /etc/kubernetes mounted as it is.
std::string ApiServerPod(std::string_view argument);

}  // namespace seawall::fuzz
