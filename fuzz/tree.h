// Small trees for fuzz targets that go through the whole audit of a node.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "require.h"

namespace seawall::fuzz {

/// Reads the node. One input in sixteen, chosen by its bytes, is also put to every rule, which
/// takes much longer. `live` adds /proc.
void Audit(const std::shared_ptr<const MemoryFiles>& files, std::string_view input,
           bool live = false);

/// A static pod of kube-apiserver 1.37 with one argument, and /etc/kubernetes mounted as it is.
std::string ApiServerPod(std::string_view argument);

}  // namespace seawall::fuzz
