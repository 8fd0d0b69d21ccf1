// A client of a bed's API that writes all the time, with one retry, while something is done to the
// control plane.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "bed.h"

namespace seawall::test {

/// Writes through the balancer all the time, each once more where it fails.
class Writer {
 public:
  explicit Writer(const Bed& bed)
      : thread_([this, &bed](const std::stop_token& stop) {
          const std::string program = bed.Binary("kubectl");
          for (int i = 0; !stop.stop_requested(); ++i) {
            const std::vector<std::string> words = {"exec",
                                                    "--net",
                                                    "bed",
                                                    "--",
                                                    "timeout",
                                                    "30",
                                                    program,
                                                    "--kubeconfig",
                                                    bed.Kubeconfig(),
                                                    "--request-timeout",
                                                    "15s",
                                                    "annotate",
                                                    "--overwrite",
                                                    "namespace",
                                                    "default",
                                                    fmt::format("example.com/written={}", i)};
            Ran run = bed.Testbed(words);
            if (run.status != 0) {
              ++retried_;
              run = bed.Testbed(words);
            }
            if (run.status == 0) {
              ++written_;
            } else {
              ++failed_;
              why_ = run.err;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
          }
        }) {}
  ~Writer() { End(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// What it says is final then.
  void End() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
    std::cout << "written " << written_ << ", of them at the second try " << retried_ << ", failed "
              << failed_ << "\n";
  }
  int written() const { return written_; }
  int failed() const { return failed_; }
  const std::string& why() const { return why_; }  ///< of the last failure

 private:
  std::atomic<int> written_ = 0, retried_ = 0, failed_ = 0;
  std::string why_;
  std::jthread thread_;
};

}  // namespace seawall::test
