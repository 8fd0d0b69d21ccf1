// Colour of a text report: the eight colours of every terminal, or nothing at all.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

enum class Ink { kNone, kBold, kDim, kRed, kGreen, kYellow, kBlue };

class Style {
 public:
  explicit Style(bool color) : color_(color) {}
  std::string operator()(Ink ink, std::string_view text) const {
    if (!color_ || ink == Ink::kNone) return std::string(text);
    static constexpr const char* kCodes[] = {"", "1", "2", "31;1", "32", "33", "34"};
    return "\033[" + std::string(kCodes[static_cast<int>(ink)]) + "m" + std::string(text) +
           "\033[0m";
  }

 private:
  bool color_;
};

}  // namespace seawall::report
