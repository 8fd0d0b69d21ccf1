// Answers as the text "answers" of a bundle: a line for each, fields between tabs. Private to this
// room; docs/formats/bundle.md describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/answers.h"

namespace seawall::bundle {

/// Answers, and names in folders, of one bundle: each takes some hundred bytes of memory when it is
/// read, and next to none in the file. A node of 10,000 processes has a tenth of them.
inline constexpr size_t kMostAnswers = 400'000;

struct AnswersText {
  std::string text;
  std::vector<std::string_view> contents;  ///< by number; they point into the answers
};
AnswersText WriteAnswers(const Answers& answers);

/// As ReadAnswers counts them.
size_t CountAnswers(const Answers& answers);

/// kMalformed with "answers:LINE" when a line is not exactly as WriteAnswers has it, when something
/// is answered twice, or a content is not there or not used.
Result<Answers> ReadAnswers(std::string_view text, const std::vector<std::string_view>& contents);

}  // namespace seawall::bundle
