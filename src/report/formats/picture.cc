#include "report/formats/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/text.h"
#include "report/markup.h"

namespace seawall::report {
namespace {

constexpr size_t kMostNodes = 40;
constexpr size_t kInRow = 4;
constexpr int kCellWidth = 264;
constexpr int kBoxLeft = 68;
constexpr int kBoxTop = 84;
constexpr int kBoxWidth = 188;
constexpr int kChipStep = 32;

struct Lane {
  const char* name;
  const char* says;
};
constexpr Lane kLanes[] = {{"etcd peers", "etcd members among each other"},
                           {"etcd clients", "API servers to etcd"},
                           {"Kubernetes API", "everybody to the API servers"},
                           {"kubelet API", "API servers to kubelets"}};
constexpr const char* kComponents[] = {
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"};

/// What is known of one component's end of a lane: the rules that speak of it, and whether it is
/// the end that listens, which proofs speak of.
struct Wire {
  const char* component;
  size_t lane;
  const char* rules;    ///< words, a '*' at a word's end stands for any rest
  const char* listens;  ///< the role of its listener; nullptr: it is the caller
};
constexpr Wire kWires[] = {
    {"etcd", 0, "etcd-peer-* etcd-no-peer-auto-tls etcd-clients-are-no-peers", "peer"},
    {"etcd", 1,
     "etcd-serving-certificate etcd-client-* etcd-no-auto-tls etcd-tls-floor etcd-strong-ciphers "
     "etcd-own-ca",
     "client"},
    {"kube-apiserver", 1, "apiserver-etcd-*", nullptr},
    {"kube-apiserver", 2,
     "apiserver-tls-floor apiserver-strong-ciphers apiserver-serving-certificate "
     "apiserver-client-ca apiserver-anonymous-auth-off apiserver-insecure-* "
     "apiserver-certificate-names",
     ""},
    {"kube-apiserver", 3, "apiserver-kubelet-*", nullptr},
    {"kube-controller-manager", 2,
     "controller-manager-own-identity controller-manager-kubeconfig-* controller-manager-root-ca",
     nullptr},
    {"kube-scheduler", 2, "scheduler-own-identity scheduler-kubeconfig-*", nullptr},
    {"kubelet", 2,
     "kubelet-own-identity kubelet-kubeconfig-* kubelet-rotates-certificates "
     "kubelet-uses-rotating-certificate kubelet-bootstrap-* bootstrap-kubeconfig-mode",
     nullptr},
    {"kubelet", 3,
     "kubelet-anonymous-auth kubelet-authorization-mode kubelet-webhook-authentication "
     "kubelet-client-ca kubelet-serving-certificate kubelet-tls-min-version kubelet-cipher-suites "
     "kubelet-read-only-port",
     ""},
    {"kube-proxy", 2, "proxy-own-identity proxy-kubeconfig-*", nullptr},
};

/// The words of each wire, taken apart once.
const std::vector<std::vector<std::string_view>>& WordsOfWires() {
  static const auto all = [] {
    std::vector<std::vector<std::string_view>> words;
    for (const Wire& wire : kWires) words.push_back(Split(wire.rules, ' '));
    return words;
  }();
  return all;
}

bool Names(const std::vector<std::string_view>& words, std::string_view rule) {
  return std::ranges::any_of(words, [rule](std::string_view word) {
    return word.ends_with('*') ? rule.starts_with(word.substr(0, word.size() - 1)) : word == rule;
  });
}

std::string_view Member(std::string_view object, std::string_view begin) {
  const size_t at = object.find(begin);
  if (at == std::string_view::npos) return "";
  object.remove_prefix(at + begin.size());
  return object.substr(0, object.find('"'));
}

/// What each listener that was asked is for, by its address. Whoever writes strange addresses into
/// a stored report finds them in no wire.
using Roles = std::map<std::string_view, std::string_view>;
Roles RolesOf(const NodeRecord& node) {
  Roles roles;
  for (const std::string& endpoint : node.endpoints)
    roles.emplace(Member(endpoint, "\"endpoint\":\""), Member(endpoint, "\"role\":\""));
  return roles;
}

bool Proven(const Record& record) {
  return std::ranges::any_of(record.evidence,
                             [](const Observation& seen) { return seen.origin == "proof"; });
}

/// The most urgent of some findings, and whether one of them was seen on the network.
struct State {
  int urgency = kDoesNotApply;
  bool proven = false;
  std::vector<std::string> open;  ///< rules that fail or are unknown

  void Add(const Record& record) {
    const int own = Urgency(record);
    if (own == kDoesNotApply) return;
    urgency = std::min(urgency, own);
    if (own <= kIsUnknown && std::ranges::find(open, record.rule->id) == open.end())
      open.push_back(record.rule->id);
    if (own != kIsUnknown) proven |= Proven(record);
  }
  const char* Class() const {
    constexpr const char* kClasses[kUrgencies] = {"fail",     "unknown", "manual",        "waived",
                                                  "attested", "pass",    "not-applicable"};
    return kClasses[urgency];
  }
  std::string Says() const {
    if (urgency == kDoesNotApply) return "nothing was found out";
    std::string text = urgency == kForAPerson ? "for a person to judge" : Class();
    if (proven) text += ", proven on the network";
    constexpr size_t kMost = 6;
    for (size_t i = 0; i < std::min(open.size(), kMost); ++i)
      text += (i == 0 ? ": " : ", ") + open[i];
    return open.size() > kMost ? text + fmt::format(" and {} more", open.size() - kMost) : text;
  }
};

State StateOfWire(size_t index, const std::vector<Record>& findings, const Roles& roles) {
  const Wire& wire = kWires[index];
  State state;
  for (const Record& record : findings) {
    const auto role = roles.find(record.instance);
    const bool of_listener = wire.listens != nullptr && role != roles.end() &&
                             record.component == wire.component && role->second == wire.listens;
    // Rules about files may be findings of the node: whose file it is, their names say.
    if (of_listener || Names(WordsOfWires()[index], record.rule->id)) state.Add(record);
  }
  return state;
}

State StateOfComponent(std::string_view component, const std::vector<Record>& findings) {
  State state;
  for (const Record& record : findings) {
    if (record.component == component) state.Add(record);
  }
  return state;
}

int LaneX(size_t lane) { return 10 + static_cast<int>(lane) * 13; }
int LaneY(size_t lane) { return 14 + static_cast<int>(lane) * 17; }

/// A state is told by its shape too: not everybody tells colours apart, and not every printer.
std::string Mark(int urgency, int x, int y) {
  if (urgency == kFails)
    return fmt::format("<path class=\"mark\" d=\"M{} {}l8 8m0 -8l-8 8\"/>", x - 4, y - 4);
  const bool hollow = urgency == kIsUnknown || urgency == kDoesNotApply;
  return fmt::format("<circle{} cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", hollow ? " class=\"hollow\"" : "",
                     x, y);
}

/// From the lane down beside the box and into the component; its mark stands before the box.
std::string WireSvg(const Wire& wire, int y, const State& state) {
  const int x = LaneX(wire.lane);
  return fmt::format(
      "<g class=\"{0}\"><title>{1}, {2}: {3}</title><path class=\"line{4}\" d=\"M{5} "
      "{6}V{7}H{8}\"/>"
      "<circle cx=\"{5}\" cy=\"{6}\" r=\"2.5\"/>{9}</g>\n",
      state.Class(), wire.component, kLanes[wire.lane].name, Markup(state.Says()),
      state.proven ? "" : " files", x, LaneY(wire.lane), y, kBoxLeft + 8,
      Mark(state.urgency, kBoxLeft - 7, y));
}

std::string ChipSvg(const char* component, size_t count, int y, const State& state) {
  constexpr const char* kMarks[kUrgencies] = {"×", "?", "…", "–", "–", "✓", "–"};
  return fmt::format(
      "<g class=\"{0}\"><title>{1}: {2}</title><rect class=\"chip\" x=\"{3}\" y=\"{4}\" "
      "width=\"172\" height=\"26\" rx=\"4\"/><text x=\"{5}\" y=\"{6}\">{7}</text><text x=\"{8}\" "
      "y=\"{6}\">{1}{9}</text></g>\n",
      state.Class(), component, Markup(state.Says()), kBoxLeft + 8, y, kBoxLeft + 14, y + 17,
      kMarks[state.urgency], kBoxLeft + 28, count > 1 ? fmt::format(" ×{}", count) : "");
}

std::string LegendSvg(int y) {
  struct Item {
    const char* cls;
    const char* line;
    int urgency;
    const char* says;
    int width;
  };
  constexpr Item kItems[] = {{"fail", "line", kFails, "fail", 76},
                             {"unknown", "line", kIsUnknown, "unknown", 104},
                             {"manual", "line", kForAPerson, "for a person", 128},
                             {"pass", "line", kPasses, "pass", 84},
                             {"dim", "line", kUrgencies, "proven on the network", 184},
                             {"dim", "line files", kUrgencies, "by its files only", 0}};
  std::string svg;
  int x = 10;
  for (const Item& item : kItems) {
    svg += fmt::format(
        "<g class=\"{}\"><path class=\"{}\" d=\"M{} {}h24\"/>{}<text x=\"{}\" "
        "y=\"{}\">{}</text></g>\n",
        item.cls, item.line, x, y, item.urgency == kUrgencies ? "" : Mark(item.urgency, x + 12, y),
        x + 32, y + 4, item.says);
    x += item.width;
  }
  return svg;
}

std::string LanesSvg(size_t columns) {
  std::string svg;
  const int right = static_cast<int>(columns) * kCellWidth;
  for (size_t lane = 0; lane < std::size(kLanes); ++lane) {
    svg += fmt::format(
        "<g class=\"dim\"><title>{}</title><path class=\"lane\" d=\"M4 {}H{}\"/><text x=\"{}\" "
        "y=\"{}\">{}</text></g>\n",
        kLanes[lane].says, LaneY(lane), right, right + 6, LaneY(lane) + 4, kLanes[lane].name);
  }
  return svg;
}

// Of a node's picture it is read again which are drawn first, and how high they are.
constexpr std::string_view kServes = "<a class=\"serves\"";
constexpr std::string_view kWorks = "<a class=\"works\"";
/// Before the height of its box.
constexpr std::string_view kHeight = "class=\"box\" height=\"";

constexpr std::string_view kSays =
    "Each node is a box with its components; lines lead from them to the links that they share "
    "with others: etcd peers, etcd clients, Kubernetes API, kubelet API. A line's colour and mark "
    "say what was found of the component's end of the link: drawn through where something of it "
    "was proven on the network, dashed where only files tell.";

}  // namespace

std::string PictureOfNode(const NodeReport& report, std::string_view anchor) {
  const Roles roles = RolesOf(report.node);
  std::vector<std::pair<int, std::string>> wires;  // by urgency
  std::string chips, words;
  bool serves = false;
  int y = kBoxTop + 28;
  for (const char* component : kComponents) {
    const auto count = static_cast<size_t>(
        std::ranges::count(report.node.components, component, &ComponentRecord::component));
    if (count == 0) continue;
    const State own = StateOfComponent(component, report.findings);
    words += fmt::format(". {}: {}", component, own.Says());
    int entry = y + 4;
    for (size_t i = 0; i < std::size(kWires); ++i) {
      const Wire& wire = kWires[i];
      if (std::string_view(wire.component) != component) continue;
      const State state = StateOfWire(i, report.findings, roles);
      wires.emplace_back(state.urgency, WireSvg(wire, entry, state));
      words += fmt::format("; {}: {}{}", kLanes[wire.lane].name, state.Class(),
                           state.proven ? ", proven" : "");
      serves |= wire.listens != nullptr && std::string_view(component) != "kubelet";
      entry += 10;
    }
    chips += ChipSvg(component, count, y, own);
    y += kChipStep;
  }
  if (chips.empty()) return "";
  // Where wires run one upon another the worst is seen.
  std::ranges::stable_sort(wires, std::greater(), &std::pair<int, std::string>::first);
  std::string drawn;
  for (const auto& [urgency, svg] : wires) drawn += svg;
  const std::string name = Markup(report.node.name);
  // The name is cut where the box ends, however wide its letters are.
  return fmt::format(
      "{0} href=\"#{1}\" data-filter=\"node\" data-value=\"{2}\" aria-label=\"Node {2}{3}\">\n"
      "<rect class=\"box\" height=\"{7}\" x=\"{4}\" y=\"{5}\" width=\"{6}\" rx=\"6\"/>"
      "<svg x=\"{8}\" y=\"{5}\" width=\"{9}\" height=\"26\"><text class=\"name\" "
      "y=\"18\">{10}</text></svg>\n{11}{12}</a>\n",
      serves ? kServes : kWorks, anchor, name, Markup(words), kBoxLeft, kBoxTop, kBoxWidth,
      y - kBoxTop + 2, kBoxLeft + 8, kBoxWidth - 12, Markup(PrintableShort(report.node.name, 26)),
      drawn, chips);
}

std::string PictureOfCluster(std::vector<std::string> nodes) {
  std::erase(nodes, "");
  if (nodes.empty()) return "";
  const size_t all = nodes.size();
  if (all > kMostNodes) {
    std::ranges::stable_partition(
        nodes, [](const std::string& node) { return node.starts_with(kServes); });
    nodes.resize(kMostNodes);
  }
  const size_t columns = std::min(nodes.size(), kInRow);
  std::string rows;
  int y = 0;
  for (size_t first = 0; first < nodes.size(); first += kInRow) {
    rows += fmt::format("<g transform=\"translate(0 {})\">\n{}", y, LanesSvg(columns));
    int64_t box = 0;
    for (size_t i = first; i < std::min(nodes.size(), first + kInRow); ++i) {
      rows += fmt::format("<g transform=\"translate({} 0)\">\n{}</g>\n",
                          static_cast<int>(i - first) * kCellWidth, nodes[i]);
      box = std::max(box, ParseInt(Member(nodes[i], kHeight)).value_or(0));
    }
    rows += "</g>\n";
    y += kBoxTop + static_cast<int>(box) + 28;
  }
  const int width = std::max(static_cast<int>(columns) * kCellWidth + 110, 740);
  const int height = y + 20;
  std::string html = fmt::format(
      "<h2>Nodes, components and the links between them</h2>\n<div class=\"wide\" tabindex=\"0\" "
      "role=\"group\" aria-label=\"Picture of the cluster\"><svg class=\"picture\" role=\"group\" "
      "aria-labelledby=\"picture-title\" aria-describedby=\"picture-says\" width=\"{0}\" "
      "height=\"{1}\" viewBox=\"0 0 {0} {1}\">\n<title id=\"picture-title\">Nodes, their "
      "components "
      "and the links between them</title><desc "
      "id=\"picture-says\">{2}</desc>\n{3}{4}</svg></div>\n",
      width, height, kSays, rows, LegendSvg(height - 14));
  if (all > nodes.size()) {
    html += fmt::format("<p class=\"dim\">{} of {} nodes are drawn; the table has all.</p>\n",
                        nodes.size(), all);
  }
  return html;
}

std::vector<std::string_view> RulesOfPicture() {
  std::vector<std::string_view> all;
  for (const auto& words : WordsOfWires()) all.insert(all.end(), words.begin(), words.end());
  return all;
}

}  // namespace seawall::report
