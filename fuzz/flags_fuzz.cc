// Command lines: the first byte chooses component and version, the rest are its arguments, one a
// line.
#include "base/text.h"
#include "cluster/flag_table.h"
#include "cluster/flag_use.h"
#include "cluster/goflag.h"
#include "cluster/pflag.h"
#include "require.h"

using namespace seawall::cluster;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto kind = static_cast<ComponentKind>(data[0] % 6);
  CommandLine line;
  for (const std::string_view text :
       seawall::Split(seawall::fuzz::Text(data + 1, size - 1), '\n')) {
    Argument argument;
    argument.text = text;
    argument.place.bytes.end = text.size();
    line.arguments.push_back(std::move(argument));
  }
  const FlagTable table(kind,
                        (data[0] & 0x80) != 0 ? std::nullopt : std::optional<Version>(Version{}));
  const FlagRead read = (data[0] & 0x40) != 0 ? ReadGoFlags(line, table) : ReadPflags(line, table);
  std::vector<Problem> problems;
  for (const auto& [name, setting] : FoldFlags(read, problems)) {
    seawall::fuzz::Require(!name.empty(), "a setting has a name");
  }
  return 0;
}
