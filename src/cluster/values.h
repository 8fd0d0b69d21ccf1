// Values as the Go programs read them: booleans, integers, durations, comma lists with quotes. All
// functions are pure and thread-safe; "nothing" means that the component would refuse the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seawall::cluster {

/// strconv.ParseBool: 1 t T true TRUE True 0 f F false FALSE False.
std::optional<bool> ParseBool(std::string_view text);

/// strconv.ParseInt with base 0: sign, 0x, 0o, 0b, a leading 0 for octal, "_" between digits.
std::optional<int64_t> ParseInt(std::string_view text);

/// A floating-point number in decimal notation.
std::optional<double> ParseFloat(std::string_view text);

/// time.ParseDuration: "1h30m", "100ms", "-1.5h", "0". Nanoseconds.
std::optional<int64_t> ParseDuration(std::string_view text);

/// Go's Duration.String(): "4h0m0s", "1.5s", "100ms", "0s".
std::string FormatDuration(int64_t nanoseconds);

/// A Kubernetes quantity ("100Mi", "2", "1e3")?
bool IsQuantity(std::string_view text);

/// A part of a text; `begin` and `end` are bytes of the text and include the quotes of a quoted
/// part.
struct Part {
  std::string text;
  size_t begin = 0;
  size_t end = 0;
};

/// The first record of encoding/csv, as pflag's slices are read. Empty text gives an empty list.
std::optional<std::vector<Part>> SplitCsv(std::string_view text);

/// strings.Split(text, separator), without any trimming; empty text gives an empty list.
std::vector<Part> SplitAt(std::string_view text, char separator);

/// Without Go's white space at both ends; `begin` and `end` follow.
Part Trimmed(const Part& part);

}  // namespace seawall::cluster
