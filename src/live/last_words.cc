#include "live/last_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "live/tool.h"

namespace seawall::live {
namespace {

namespace fs = std::filesystem;

using cluster::Component;
using cluster::RunBy;

constexpr uint64_t kTail = 64u << 10;
constexpr int kMostAttempts = 3;

/// The end of a file, without what an earlier line may have left in front.
std::string TailOf(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const auto size = static_cast<uint64_t>(in.tellg());
  in.seekg(static_cast<std::streamoff>(size > kTail ? size - kTail : 0));
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (size > kTail) text.erase(0, text.find('\n') + 1);
  return text;
}

/// The log that a container runtime writes: "TIME STREAM TAG TEXT".
std::string WithoutStamps(const std::string& text) {
  std::string out;
  for (const std::string_view line : Split(text, '\n')) {
    size_t at = 0;
    for (int i = 0; i < 3 && at != std::string_view::npos; ++i) {
      at = line.find(' ', at);
      if (at != std::string_view::npos) ++at;
    }
    out.append(at == std::string_view::npos ? line : line.substr(at)).append("\n");
  }
  return out;
}

/// Whether the line may say why.
bool Complains(std::string_view line) {
  constexpr std::string_view kWords[] = {"error",   "fatal",  "panic",  "unknown flag", "failed",
                                         "invalid", "cannot", "in use", "refused",      "no such"};
  const std::string lower = Lower(line);
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string LastLines(const std::string& text, size_t count) {
  std::vector<std::string_view> lines;
  for (const std::string_view line : Split(text, '\n')) {
    // Of a component that refuses a flag, the help of all others; of one that was started again,
    // what all of its flags are.
    const bool help = (line.starts_with("  ") && Trim(line).starts_with('-')) ||
                      line.starts_with(std::string(20, ' ')) ||
                      line.find("] FLAG: --") != std::string_view::npos;
    if (!Trim(line).empty() && !help) lines.push_back(line);
  }
  // What is started again and again may just have begun to speak: its last complaint says more.
  size_t end = lines.size();
  while (end > 0 && !Complains(lines[end - 1])) --end;
  if (end == 0 || lines.size() - end < count) end = lines.size();
  std::string out;
  for (size_t i = end > count ? end - count : 0; i < end; ++i) out.append(lines[i]).append("\n");
  return out;
}

}  // namespace

std::string PodWords(const PodLog& log, size_t lines) {
  // What was started again a moment ago has said next to nothing: why it ended, the one before
  // says.
  std::string text;
  for (int attempt = std::max(0, log.attempt - kMostAttempts + 1); attempt <= log.attempt;
       ++attempt)
    text += WithoutStamps(TailOf(fmt::format("{}/{}.log", log.folder, attempt)));
  return LastLines(text, lines);
}

std::string LastWords(const Component& component, const std::string& file, size_t lines) {
  if (component.run_by == RunBy::kStaticPod) return PodWords(FindPodLog(component), lines);
  std::string text;
  if (component.run_by == RunBy::kSystemd && fs::exists("/run/systemd/system")) {
    const std::string unit = component.instance.substr(0, component.instance.find(' '));
    // systemd tells of the end at once; what the process said right before may still be on its way.
    RunTool({"journalctl", "--sync"}, 10);
    // Room for all of the lines: one component's help alone has 58 kB, and the end is what counts.
    const Said said =
        RunTool({"journalctl", "--unit", unit, "--lines", "500", "--output", "cat", "--no-pager"},
                ToolOptions{.timeout_seconds = 10, .most = 1u << 20});
    if (said.status == 0) text = said.text;
  }
  if (text.empty() && !file.empty()) text = TailOf(file);
  return LastLines(text, lines);
}

}  // namespace seawall::live
