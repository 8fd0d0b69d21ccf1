// Any YAML or JSON, any edit: a splice that is not refused parses, and the inverse splice gives the
// very bytes back.
#include <cstdint>
#include <string>

#include "harden/edit_yaml.h"
#include "require.h"

using namespace seawall;
using namespace seawall::harden;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 4, size - 4);
  auto stream = yaml::Parse("f", text);
  if (!stream || stream->size() == 0) return 0;
  static const Fresh kValues[] = {
      Fresh::Text("--flag=value"),
      Fresh::Literal("false"),
      Fresh::Text("a: b # c"),
      Fresh::Text("it's \"x\"\n"),
      Fresh::List({Fresh::Text("A"), Fresh::Literal("1")}),
      Fresh::Map({{"k", Fresh::Text("v")}, {"l", Fresh::List({Fresh::Text("x")})}})};
  YamlEdit edit;
  edit.kind = static_cast<YamlEdit::Kind>(data[0] % 6);
  edit.node = static_cast<yaml::NodeId>((data[1] * 256u + data[2]) % stream->size());
  edit.index = data[3] / 8;
  edit.key = "fresh";
  edit.value = kValues[data[3] % 6];
  const auto splice = SpliceFor(*stream, edit);
  if (!splice) return 0;
  const auto after = Splice(text, {*splice});
  fuzz::Require(after.has_value(), "a splice lies in the file");
  fuzz::Require(yaml::Parse("f", *after).has_value(), "an edited file parses");
  const Edit undo{splice->offset, splice->replacement.size(),
                  text.substr(splice->offset, splice->length)};
  fuzz::Require(*Splice(*after, {undo}) == text, "an edit can be undone");
  return 0;
}
