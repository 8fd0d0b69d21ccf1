// Commands that a shell's line may run before the component without changing what that is started
// with: `mkfifo /tmp/pipe; (tee -a /var/log/x.log < /tmp/pipe & ); exec kube-apiserver …`, as kops
// writes it.
#pragma once

#include <cstddef>
#include <string_view>

namespace seawall::cluster {

/// Where the first command begins that is none of them.
size_t AfterPrelude(std::string_view line);

}  // namespace seawall::cluster
