// Answers as the text "answers" of a bundle: a line for each, fields between tabs. Private to this
// room; docs/formats/bundle.md describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bundle/answers.h"

namespace seawall::bundle {

struct AnswersText {
  std::string text;
  std::vector<std::string_view> contents;  ///< by number; they point into the answers
};
AnswersText WriteAnswers(const Answers& answers);

/// kMalformed with "answers:LINE" when a line is not exactly as WriteAnswers has it, when something
/// is answered twice, or a content is not there or not used.
Result<Answers> ReadAnswers(std::string_view text, const std::vector<std::string_view>& contents);

}  // namespace seawall::bundle
