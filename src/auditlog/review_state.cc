#include "auditlog/review_state.h"

#include <fmt/format.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <set>
#include <utility>

#include "auditlog/scanner.h"
#include "base/json_buffer.h"
#include "base/sha256.h"
#include "base/text.h"

namespace seawall::auditlog {
namespace {

constexpr int kVersion = 1;
constexpr size_t kMostServers = 10'000;

std::string DigestOf(std::string_view bytes) {
  const auto digest = Sha256(bytes);
  return Hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

/// One line after the other.
class Line {
 public:
  Line() { out_.StartObject(); }
  void Field(const char* key, std::string_view text) {
    out_.Key(key);
    String(text);
  }
  void Field(const char* key, uint64_t number) {
    out_.Key(key);
    out_.Uint64(number);
  }
  void Flag(const char* key, bool value) {
    if (!value) return;
    out_.Key(key);
    out_.Bool(true);
  }
  void String(std::string_view text) {
    out_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  rapidjson::Writer<JsonBuffer>& out() { return out_; }
  /// The line, and another one begins.
  std::string Take() {
    out_.EndObject();
    buffer_.Put('\n');
    std::string line(buffer_.GetString(), buffer_.GetSize());
    buffer_.Clear();
    out_.Reset(buffer_);
    out_.StartObject();
    return line;
  }

 private:
  JsonBuffer buffer_;
  rapidjson::Writer<JsonBuffer> out_{buffer_};
};

uint64_t Positive(int64_t number) { return number < 0 ? 0 : static_cast<uint64_t>(number); }

std::string ServerLine(const std::string& name, const ServerLog& server) {
  Line line;
  line.Field("server", name);
  line.Field("damaged", server.damaged);
  line.Field("damagedLast", Positive(server.damaged_last));
  line.out().Key("covered");
  line.out().StartArray();
  for (const Coverage::Span& run : server.covered.Runs(Coverage::kHole)) {
    line.out().StartArray();
    line.out().Uint64(Positive(run.from));
    line.out().Uint64(Positive(run.to));
    line.out().EndArray();
  }
  line.out().EndArray();
  return line.Take();
}

void AddRights(const Learner& learner, const char* what, const Learner::Rights& rights,
               std::vector<std::string>& lines) {
  const size_t first = lines.size();
  const auto text = [&](rbac::NameId id) { return learner.names.Text(id); };
  lines.reserve(first + rights.size());
  Line line;
  for (const auto& [right, use] : rights) {
    line.Field("right", what);
    line.Field("subject", text(right.subject));
    line.Field("namespace", text(right.space));
    line.Field("apiGroup", text(right.group));
    line.Field("resource", text(right.resource));
    line.Field("verb", text(right.verb));
    line.Field("name", text(right.name));
    line.Flag("url", right.url);
    line.Flag("manyNames", right.many);
    line.Field("count", use.count);
    line.Field("first", Positive(use.first));
    line.Field("last", Positive(use.last));
    lines.push_back(line.Take());
  }
  std::sort(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end());
}

void AddGroups(const Learner& learner, std::vector<std::string>& lines) {
  const size_t first = lines.size();
  Line line;
  for (const auto& [user, groups] : learner.groups) {
    std::set<std::string_view> names;
    for (const rbac::NameId group : groups) names.insert(learner.names.Text(group));
    line.Field("user", learner.names.Text(user));
    line.out().Key("groups");
    line.out().StartArray();
    for (const std::string_view name : names) line.String(name);
    line.out().EndArray();
    lines.push_back(line.Take());
  }
  std::sort(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end());
}

/// Counters by their names, for writing and for reading.
template <typename F>
void EachCount(LearnCounts& counts, const F& visit) {
  visit("events", counts.events);
  visit("learnt", counts.learnt);
  visit("denied", counts.denied);
  visit("undecided", counts.undecided);
  visit("repeated", counts.twice);
  visit("discovery", counts.discovery);
  visit("others", counts.others);
  visit("lines", counts.lines);
  visit("otherLines", counts.other_lines);
  visit("damaged", counts.damaged);
  visit("tooManyNames", counts.names_dropped);
  visit("tooManyChanges", counts.changes_dropped);
  constexpr const char* kStages[] = {"stageOther", "stageRequestReceived", "stageResponseStarted",
                                     "stageResponseComplete", "stagePanic"};
  for (size_t i = 0; i < counts.stages.size(); ++i) visit(kStages[i], counts.stages[i]);
}

std::string CountsLine(LearnCounts counts, uint64_t new_grants) {
  Line line;
  line.Field("counts", Positive(counts.first));
  line.Field("last", Positive(counts.last));
  line.Field("newGrants", new_grants);
  EachCount(counts, [&](const char* name, uint64_t& value) { line.Field(name, value); });
  return line.Take();
}

/// Everything that a line of any kind may have; its texts lie in the line. Of two with one name the
/// last counts.
struct Fields {
  std::vector<std::pair<std::string_view, std::string_view>> texts;
  std::vector<std::pair<std::string_view, uint64_t>> numbers;
  std::vector<std::string_view> list;
  std::vector<Coverage::Span> spans;
  bool url = false, many = false;

  void Clear() {
    texts.clear();
    numbers.clear();
    list.clear();
    spans.clear();
    url = many = false;
  }
  static const auto* Find(const auto& all, std::string_view key) {
    for (auto at = all.rbegin(); at != all.rend(); ++at) {
      if (at->first == key) return &*at;
    }
    return static_cast<decltype(&*all.begin())>(nullptr);
  }
  bool Has(std::string_view key) const { return Find(texts, key) != nullptr; }
  std::string_view Text(std::string_view key) const {
    const auto* found = Find(texts, key);
    return found ? found->second : std::string_view();
  }
  uint64_t Number(std::string_view key) const {
    const auto* found = Find(numbers, key);
    return found ? found->second : 0;
  }
  int64_t Time(std::string_view key) const { return static_cast<int64_t>(Number(key)); }
};

bool ReadLine(char* begin, char* end, Fields& fields) {
  Scanner scan(begin, end);
  if (scan.Peek() != '{') return false;
  scan.Object([&](std::string_view key) {
    const char next = scan.Peek();
    if (next == '"') {
      fields.texts.emplace_back(key, scan.String());
    } else if (key == "covered" && next == '[') {
      scan.Array([&] {
        uint64_t ends[2] = {0, 0};
        size_t n = 0;
        scan.Array([&] {
          const uint64_t value = scan.Unsigned();
          if (n < 2) ends[n++] = value;
        });
        fields.spans.push_back({static_cast<int64_t>(ends[0]), static_cast<int64_t>(ends[1])});
      });
    } else if (next == '[') {
      scan.Array([&] { fields.list.emplace_back(scan.Text()); });
    } else if (key == "url") {
      fields.url = scan.Bool();
    } else if (key == "manyNames") {
      fields.many = scan.Bool();
    } else {
      fields.numbers.emplace_back(key, scan.Unsigned());
    }
  });
  return scan.ok() && scan.AtEnd();
}

class StateReader {
 public:
  explicit StateReader(ReviewState& state) : state_(state), learner_(state.learner) {
    learner_.servers.clear();
  }

  /// What is wrong with a line; "": nothing.
  const char* Take(const Fields& fields) {
    if (fields.Has("server")) return TakeServer(fields);
    if (fields.Has("file")) return TakeFile(fields);
    if (fields.Has("right")) return TakeRight(fields);
    if (fields.Has("user")) {
      auto& groups = learner_.groups[learner_.names.Add(fields.Text("user"))];
      for (const std::string_view group : fields.list) groups.insert(learner_.names.Add(group));
      return "";
    }
    if (fields.Has("grant")) {
      state_.grants[std::string(fields.Text("grant"))] = {std::string(fields.Text("digest")),
                                                          fields.Time("since")};
      return "";
    }
    if (fields.Has("open")) {
      for (const std::string_view key : fields.list)
        state_.seen.Add(std::strtoull(std::string(key).c_str(), nullptr, 16), true);
      return "";
    }
    if (!Fields::Find(fields.numbers, "counts")) return "a line of a kind that is not known";
    EachCount(learner_.counts,
              [&](const char* name, uint64_t& value) { value = fields.Number(name); });
    learner_.counts.first = fields.Time("counts");
    learner_.counts.last = fields.Time("last");
    state_.new_grants = fields.Number("newGrants");
    return "";
  }

 private:
  const char* TakeServer(const Fields& fields) {
    if (state_.servers.size() >= kMostServers) return "more than 10,000 servers";
    state_.servers.emplace_back(fields.Text("server"));
    ServerLog& server = learner_.servers.emplace_back();
    server.Damaged(fields.Time("damagedLast"), fields.Number("damaged"));
    for (const Coverage::Span& span : fields.spans) server.covered.MarkAll(span);
    return "";
  }
  const char* TakeFile(const Fields& fields) {
    if (fields.Number("server") >= state_.servers.size())
      return "a file of a server that is not there";
    LogMark mark{std::string(fields.Text("file")), fields.Number("offset"),
                 std::string(fields.Text("tail"))};
    if (const uint64_t broken = fields.Number("broken"); broken > 0) mark.broken = broken;
    state_.marks.push_back({std::move(mark), fields.Number("server")});
    return "";
  }
  const char* TakeRight(const Fields& fields) {
    const std::string_view what = fields.Text("right");
    Learner::Rights* into = what == "used"       ? &learner_.rights
                            : what == "possible" ? &learner_.possible
                            : what == "recorded" ? &learner_.kinds
                            : what == "change"   ? &learner_.changes
                                                 : nullptr;
    if (!into) return "a right of a kind that is not known";
    Right right;
    const auto name = [&](const char* key) { return learner_.names.Add(fields.Text(key)); };
    right.subject = name("subject");
    right.space = name("namespace");
    right.group = name("apiGroup");
    right.resource = name("resource");
    right.verb = name("verb");
    right.name = name("name");
    right.url = fields.url;
    right.many = fields.many;
    const Use use{fields.Number("count"), fields.Time("first"), fields.Time("last")};
    if (into == &learner_.rights || into == &learner_.possible) {
      learner_.Put(*into, right, use);
    } else if (into->size() < Learner::kMostChanges) {
      (*into)[right] = use;
    }
    return "";
  }

  ReviewState& state_;
  Learner& learner_;
};

std::unexpected<Error> Refuse(const std::string& file, size_t line, std::string why) {
  return Fail(ErrorCode::kMalformed, "read what earlier reviews knew",
              fmt::format("{}:{}", file, line), std::move(why),
              "take the copy of a backup, or begin with another file and read the logs again");
}

}  // namespace

size_t ReviewState::ServerOf(const std::string& name) {
  const auto at = std::ranges::find(servers, name);
  const auto number = static_cast<size_t>(at - servers.begin());
  if (at == servers.end()) servers.push_back(name);
  if (learner.servers.size() < servers.size()) learner.servers.resize(servers.size());
  return number;
}

const ReadLogMark* ReviewState::Find(const std::string& head, const std::string& server,
                                     size_t others) const {
  const ReadLogMark* found = nullptr;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (marks[i].mark.head != head) continue;
    if (servers[marks[i].server] == server) return &marks[i];
    if (i < others) found = &marks[i];
  }
  return found;
}

void ReviewState::Remember(const LogMark& mark, size_t server) {
  if (mark.head.empty()) return;
  std::erase_if(
      marks, [&](const ReadLogMark& m) { return m.server == server && m.mark.head == mark.head; });
  if (marks.size() >= kMostMarks) marks.erase(marks.begin());
  marks.push_back({mark, server});
}

std::string WriteReviewState(const ReviewState& state) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{{\"seawall\":\"review-state\",\"version\":{}}}\n", kVersion));
  for (size_t i = 0; i < state.servers.size(); ++i)
    lines.push_back(ServerLine(state.servers[i], state.learner.servers[i]));
  for (const ReadLogMark& read : state.marks) {
    Line line;
    line.Field("file", read.mark.head);
    line.Field("offset", read.mark.offset);
    line.Field("tail", read.mark.tail);
    if (read.mark.broken) line.Field("broken", *read.mark.broken);
    line.Field("server", uint64_t{read.server});
    lines.push_back(line.Take());
  }
  lines.push_back(CountsLine(state.learner.counts, state.new_grants));
  AddGroups(state.learner, lines);
  AddRights(state.learner, "used", state.learner.rights, lines);
  AddRights(state.learner, "possible", state.learner.possible, lines);
  AddRights(state.learner, "recorded", state.learner.kinds, lines);
  AddRights(state.learner, "change", state.learner.changes, lines);
  for (const auto& [key, grant] : state.grants) {
    Line line;
    line.Field("grant", key);
    line.Field("digest", grant.digest);
    line.Field("since", Positive(grant.since));
    lines.push_back(line.Take());
  }
  Line open;
  open.Field("open", "requests whose end is still to come");
  open.out().Key("keys");
  open.out().StartArray();
  for (const uint64_t key : state.seen.Open()) open.String(fmt::format("{:016x}", key));
  open.out().EndArray();
  lines.push_back(open.Take());
  size_t size = 128;
  for (const std::string& line : lines) size += line.size();
  std::string bytes;
  bytes.reserve(size);
  for (std::string& line : lines) bytes += std::exchange(line, {});
  return bytes += fmt::format("{{\"end\":\"{}\"}}\n", DigestOf(bytes));
}

Result<void> ReadReviewState(std::string bytes, const std::string& file, ReviewState& state) {
  // The last line says what stands before it: a part of a file is none.
  const size_t end = bytes.rfind("{\"end\":\"");
  if (end == std::string::npos ||
      std::string_view(bytes).substr(end) !=
          fmt::format("{{\"end\":\"{}\"}}\n", DigestOf(std::string_view(bytes).substr(0, end))))
    return Refuse(file, 1, "it is damaged, or no state of a review");
  StateReader reader(state);
  size_t number = 0;
  Fields fields;
  for (size_t at = 0; at < end;) {
    const size_t stop = std::min(bytes.find('\n', at), end);
    fields.Clear();
    ++number;
    if (!ReadLine(bytes.data() + at, bytes.data() + stop, fields))
      return Refuse(file, number, "a line that is no JSON object");
    at = stop + 1;
    if (number > 1) {
      if (const char* wrong = reader.Take(fields); *wrong != '\0')
        return Refuse(file, number, wrong);
      continue;
    }
    if (fields.Text("seawall") != "review-state")
      return Refuse(file, 1, "it is no state of a review");
    if (fields.Number("version") != kVersion)
      return Fail(ErrorCode::kUnsupported, "read what earlier reviews knew", file,
                  fmt::format("it is of version {}, this seawall reads {}",
                              fields.Number("version"), kVersion),
                  "use the seawall that wrote it, or begin with another file");
  }
  if (state.learner.servers.empty()) state.learner.servers.resize(1);
  return {};
}

}  // namespace seawall::auditlog
