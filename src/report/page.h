// Pages about RBAC that stand alone: one file without a network. What a cluster says reaches them
// only through Markup.
#pragma once

#include <string>
#include <string_view>

namespace seawall::report {

struct Page {
  std::string_view title;
  std::string_view skip_to, skip_words;  ///< where the link for keyboards leads, and its words
  std::string_view style;                ///< what this page has beyond the style of all
  std::string_view script;               ///< everything can be read without it
};

/// Up to the beginning of <main>. A Content-Security-Policy names the one style and the one script
/// by their digests, so that nothing else runs and nothing is fetched, whatever a name holds.
std::string PageBegin(const Page& page);
std::string PageEnd(const Page& page);

/// A number with what it counts, for a list of class "tiles"; `css` "", "odd" or "good": how bad it
/// is where it is not 0.
std::string Tile(size_t count, std::string_view words, std::string_view css = "");

}  // namespace seawall::report
