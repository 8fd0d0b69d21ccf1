#include "app/rbac_questions.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <future>
#include <thread>

#include "app/app.h"
#include "app/rbac_chain.h"
#include "app/rbac_inputs.h"
#include "app/terminal.h"
#include "base/descriptor.h"
#include "rbac/question.h"
#include "report/json_writer.h"

namespace seawall::app {
namespace {

/// Questions that one thread answers at a time, and what a line may have at the most.
constexpr size_t kBlock = 1u << 20;
constexpr size_t kLongestLine = 16u << 20;

struct Answers {
  std::string text;
  bool bad = false;
  bool unknown = false;
};

class Answerer {
 public:
  Answerer(const LoadedPolicy& loaded, const rbac::Chain& chain)
      : evaluator_(*loaded.evaluator), nodes_(loaded.node_graph()), chain_(chain) {}

  /// Whole lines; each may be written to.
  Answers Run(std::string block) const {
    Answers answers;
    report::JsonText json;
    rbac::QuestionReader reader;
    rbac::Question question;
    char* at = block.data();
    char* const end = at + block.size();
    while (at < end) {
      auto* line_end = static_cast<char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      if (!line_end) line_end = end;
      size_t length = static_cast<size_t>(line_end - at);
      if (length > 0 && at[length - 1] == '\r') --length;
      if (IsBlank({at, length})) {
        at = line_end + 1;
        continue;
      }
      AnswerOne(reader, question, at, length, json, answers);
      at = line_end + 1;
    }
    answers.text = json.Take();
    return answers;
  }

 private:
  static bool IsBlank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
  }

  /// Piece by piece: a writer for each answer would cost as much as the answer.
  void AnswerOne(rbac::QuestionReader& reader, rbac::Question& question, char* line, size_t length,
                 report::JsonText& out, Answers& answers) const {
    if (!reader.Read(line, length, question)) {
      answers.bad = true;
      report::JsonText json;
      json.writer().StartObject();
      report::Field(json.writer(), "error", reader.error());
      json.writer().EndObject();
      out.Append(json.Take() + "\n");
      return;
    }
    const rbac::Decision decision = rbac::Decide(chain_, evaluator_, question.attributes(), nodes_);
    answers.unknown |= decision.verdict == rbac::Verdict::kUnknown;
    out.Append(decision.verdict == rbac::Verdict::kAllowed      ? "{\"allowed\":true,\"reason\":"
               : decision.verdict == rbac::Verdict::kNotAllowed ? "{\"allowed\":false,\"reason\":"
                                                                : "{\"allowed\":null,\"reason\":");
    out.Quote(decision.reason);
    out.Append("}\n");
  }

  const rbac::Evaluator& evaluator_;
  const rbac::NodeGraph* nodes_;
  const rbac::Chain& chain_;
};

Result<Descriptor> OpenQuestions(const std::string& name) {
  Descriptor file(name == "-" ? dup(STDIN_FILENO) : open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (file) return file;
  return Fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "read questions", name,
              std::strerror(errno));
}

/// Blocks of whole lines.
class Blocks {
 public:
  Blocks(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  /// Empty at the end.
  Result<std::string> Next() {
    std::string block = std::move(rest_);
    rest_.clear();
    while (!ended_) {
      const size_t have = block.size();
      block.resize(have + kBlock);
      const ssize_t n = read(file_.get(), block.data() + have, kBlock);
      block.resize(have + (n > 0 ? static_cast<size_t>(n) : 0));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Fail(ErrorCode::kIo, "read questions", name_, std::strerror(errno));
      ended_ = n == 0;
      const size_t last = block.rfind('\n');
      if (last != std::string::npos && (last + 1 >= kBlock / 2 || ended_)) {
        rest_ = block.substr(last + 1);
        block.resize(last + 1);
        if (ended_) block += std::exchange(rest_, {});
        lines_ += static_cast<uint64_t>(std::ranges::count(block, '\n'));
        return block;
      }
      if (last == std::string::npos && block.size() > kLongestLine) {
        return Fail(ErrorCode::kTooLarge, "read questions", fmt::format("{}:{}", name_, lines_ + 1),
                    fmt::format("a line of more than {} MiB", kLongestLine >> 20));
      }
    }
    return block;
  }

 private:
  Descriptor file_;
  std::string name_;
  std::string rest_;
  uint64_t lines_ = 0;
  bool ended_ = false;
};

}  // namespace

Result<int> RunQuestions(const Arguments& arguments) {
  if (!arguments.positional.empty() || arguments.Has("as")) {
    return Fail(ErrorCode::kUsage, "ask", "", "--questions names who asks and what in each line",
                "leave out VERB, RESOURCE and --as");
  }
  const std::string name = arguments.Get("questions");
  auto file = OpenQuestions(name);
  if (!file) return std::unexpected(file.error());
  auto chain = ReadChain(arguments);
  if (!chain) return std::unexpected(chain.error());
  auto loaded = LoadPolicy(arguments, {.nodes = HasMode(*chain, rbac::Mode::kNode)});
  if (!loaded) return std::unexpected(loaded.error());
  if (auto ok = TakeLiveChain(arguments, true, **loaded, *chain); !ok)
    return std::unexpected(ok.error());
  const Answerer answerer(**loaded, *chain);
  Blocks blocks(std::move(*file), name == "-" ? "standard input" : name);
  const size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::deque<std::future<Answers>> running;
  bool bad = false;
  bool unknown = false;
  const auto write_first = [&]() -> Result<void> {
    const Answers answers = running.front().get();
    running.pop_front();
    bad |= answers.bad;
    unknown |= answers.unknown;
    return WriteOut(answers.text);
  };
  while (true) {
    auto block = blocks.Next();
    if (!block) return std::unexpected(block.error());
    if (block->empty()) break;
    running.push_back(std::async(std::launch::async, [&answerer, b = std::move(*block)]() mutable {
      return answerer.Run(std::move(b));
    }));
    // One more than can run waits, so that none is idle while the first one's answers are written.
    if (running.size() <= threads) continue;
    if (auto ok = write_first(); !ok) return std::unexpected(ok.error());
  }
  while (!running.empty()) {
    if (auto ok = write_first(); !ok) return std::unexpected(ok.error());
  }
  return bad ? kExitError : unknown ? kExitUnknown : kExitClean;
}

}  // namespace seawall::app
