// The same configuration written in other forms: what `seawall harden` must edit all the same, or
// leave to a person. Files of a node in, files that mean the same out.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace seawall::test {

using Text = std::string;

/// Every `what` becomes `with`.
Text ReplaceAll(Text text, const Text& what, const Text& with);
/// `write` of every argument ("--flag=value") of a static pod's command in kubeadm's form; the line
/// is replaced by what it returns.
Text EachArgument(const Text& manifest, const std::function<Text(const Text&)>& write);
/// The whole command written anew: `write` gets the program and its arguments and returns the lines
/// from "  - command:" on.
Text Command(const Text& manifest, const std::function<Text(const std::vector<Text>&)>& write);
/// YAML in block style as JSON.
Text AsJson(const Text& yaml, bool pretty);
Text Crlf(const Text& text);
/// Without the last line feed.
Text Chomp(const Text& text);

}  // namespace seawall::test
