// Bundles. The first byte says what the rest is: a whole file, an archive, its answers.
#include "bundle/bundle.h"

#include <string>

#include "bundle/container.h"
#include "bundle/tar.h"
#include "cluster/node.h"
#include "require.h"

namespace {

using namespace seawall;

/// An archive around the answers, so that they are what is fuzzed.
std::string Archive(std::string_view answers) {
  std::string tar;
  bundle::Manifest manifest;
  manifest.node = "n";
  bundle::AppendTarEntry(tar, "seawall.json", bundle::WriteManifest(manifest));
  bundle::AppendTarEntry(tar, "answers", answers);
  if (answers.find("\t0\n") != std::string_view::npos)
    bundle::AppendTarEntry(tar, "content/000000", "kind: Pod\n");
  bundle::EndTar(tar);
  return tar;
}

std::string File(std::string_view input) {
  if (input.empty() || input[0] == 'f') return std::string(input.substr(input.empty() ? 0 : 1));
  const std::string_view rest = input.substr(1);
  return *bundle::Pack(input[0] == 'a' ? std::string(rest) : Archive(rest));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = bundle::Read(File(fuzz::Text(data, size)), "b");
  if (!read) {
    fuzz::RequirePrintable(read.error().ToString(), "an error is printable");
    return 0;
  }
  const auto once = bundle::Write(*read);
  fuzz::Require(once.has_value(), "what was read can be written");
  const auto again = bundle::Read(*once, "b");
  fuzz::Require(again.has_value(), "what was written can be read");
  fuzz::Require(*bundle::Write(*again) == *once, "and is written the same");
  cluster::ReadOptions options;
  options.live = true;
  (void)cluster::ReadNode(read->files(), options);
  return 0;
}
