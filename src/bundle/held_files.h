// The files of a bundle: what was recorded on the node, and what follows from it. Whatever else is
// asked for is kNotHeld, so that a rule which came later says unknown and not "not found".
#pragma once

#include "bundle/answers.h"

namespace seawall::bundle {

/// Immutable, so safe to use from several threads.
class HeldFiles : public Files {
 public:
  explicit HeldFiles(std::shared_ptr<const Answers> answers) : answers_(std::move(answers)) {}

  Result<std::string> Read(std::string_view path, uint64_t limit = kDefaultLimit) const override;
  Result<std::string> ReadAt(std::string_view path, uint64_t offset,
                             uint64_t length) const override;
  Result<FileStat> Stat(std::string_view path) const override;
  Result<FileStat> LinkStat(std::string_view path) const override;
  Result<std::string> ReadLink(std::string_view path) const override;
  Result<std::vector<FolderEntry>> List(std::string_view path) const override;
  bool KeysAreHidden() const override { return true; }

 private:
  Error Otherwise(std::string_view attempt, std::string_view path, bool follow) const;
  std::shared_ptr<const Answers> answers_;
};

}  // namespace seawall::bundle
