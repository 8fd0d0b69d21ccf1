#include "app/report_writer.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "app/terminal.h"
#include "report/signature.h"

namespace seawall::app {
namespace {

constexpr size_t kFileWidth = 100;  // columns of a text report that no terminal shows

/// A signature is of a file, and a file of its own.
Result<void> CheckSignatures(const std::vector<Wish>& wishes, bool sign) {
  if (!sign) return {};
  bool any = false;
  for (const Wish& wish : wishes) {
    any |= !wish.file.empty();
    for (const Wish& other : wishes) {
      if (wish.file.empty() || other.file != wish.file + ".sig") continue;
      return Fail(ErrorCode::kUsage, "sign the report", other.file,
                  fmt::format("a report would go where the signature of {} goes", wish.file),
                  "give it another name");
    }
  }
  if (any) return {};
  return Fail(ErrorCode::kUsage, "sign the report", "",
              "a signature is of a file, and none is named",
              "add -o json=FILE: the signature becomes FILE.sig");
}

}  // namespace

Result<std::vector<Wish>> ReadWishes(const Arguments& arguments) {
  std::vector<Wish> wishes;
  std::set<std::string> files;
  for (const std::string& value : arguments.All("output")) {
    const size_t equals = value.find('=');
    Wish wish{value.substr(0, equals), ""};
    if (equals != std::string::npos) {
      wish.file = value.substr(equals + 1);
      if (wish.file.empty()) {
        return Fail(ErrorCode::kUsage, "read -o", "", fmt::format("'{}' names no file", value),
                    fmt::format("write it as -o {}=FILE", wish.format));
      }
      if (wish.file == "-") wish.file.clear();
    }
    std::error_code error;
    const std::string name =
        wish.file.empty() ? "" : std::filesystem::weakly_canonical(wish.file, error).string();
    if (!files.insert(error ? wish.file : name).second) {
      return Fail(ErrorCode::kUsage, "read -o", wish.file,
                  wish.file.empty() ? "two reports would go to standard output"
                                    : "two reports would go to this file",
                  "give each a file of its own: -o json=a.json -o html=a.html");
    }
    wishes.push_back(std::move(wish));
  }
  if (wishes.empty()) wishes.push_back({"text", ""});
  return wishes;
}

bool ForPrograms(const std::vector<Wish>& wishes) {
  for (const Wish& wish : wishes) {
    if (wish.file.empty()) return wish.format == "json" || wish.format == "jsonl";
  }
  return false;
}

Result<report::Options> ReadReportOptions(const Arguments& arguments) {
  report::Options options{.color = UseColor(arguments),
                          .quiet = arguments.Has("quiet"),
                          .verbose = arguments.Has("verbose"),
                          .width = TerminalWidth()};
  if (options.quiet && options.verbose) {
    return Fail(ErrorCode::kUsage, "write the report", "",
                "--quiet and --verbose exclude each other", "give one of them");
  }
  return options;
}

Result<ReportWriter> ReportWriter::Open(const std::vector<Wish>& wishes,
                                        const report::Options& options,
                                        std::optional<x509::SigningKey> key) {
  ReportWriter writer;
  writer.key_ = std::move(key);
  if (auto ok = CheckSignatures(wishes, writer.key_.has_value()); !ok)
    return std::unexpected(ok.error());
  for (const Wish& wish : wishes) {
    report::Options own = options;
    Output output;
    if (!wish.file.empty()) {
      own.color = false;
      own.width = kFileWidth;
      auto file = OutputFile::Create(wish.file);
      if (!file) return std::unexpected(file.error());
      output.file = std::move(*file);
    }
    if (writer.key_ && !wish.file.empty()) {
      auto signature = OutputFile::Create(wish.file + ".sig");
      if (!signature) return std::unexpected(signature.error());
      output.signature = std::move(*signature);
    }
    output.format = report::MakeFormat(wish.format, std::move(own));
    if (output.format->BeginsLate()) {
      auto aside = output.file.Aside();
      if (!aside) return std::unexpected(aside.error());
      output.aside = std::move(*aside);
    }
    writer.wants_rules_ |= output.format->WantsRules();
    writer.outputs_.push_back(std::move(output));
  }
  return writer;
}

NodeParts ReportWriter::Make(const report::NodeReport& report) const {
  NodeParts parts;
  for (const Output& output : outputs_) parts.parts.push_back(output.format->Make(report));
  parts.summary = report::Count(report);
  parts.worst_rule = report::WorstRule(report.findings, parts.worst);
  if (!wants_rules_) return parts;
  for (const report::Record& record : report.findings) {
    if (parts.rules.empty() || parts.rules.back() != record.rule)
      parts.rules.push_back(record.rule);
  }
  return parts;
}

void ReportWriter::AddRules(const NodeParts& parts) {
  for (const auto& rule : parts.rules) {
    if (rule_ids_.insert(rule->id).second) totals_.rules.push_back(rule);
  }
}

Result<void> ReportWriter::Begin() {
  begun_ = true;
  for (Output& output : outputs_) {
    if (output.aside) continue;
    if (auto ok = output.file.Write(output.format->Begin(nullptr)); !ok) return ok;
  }
  return {};
}

Result<void> ReportWriter::Add(NodeParts parts) {
  if (!begun_) {
    if (auto ok = Begin(); !ok) return ok;
  }
  totals_.summary.Add(parts.summary);
  if (!parts.worst_rule.empty() && (totals_.worst_rule.empty() || parts.worst > worst_)) {
    totals_.worst_rule = parts.worst_rule;
    worst_ = parts.worst;
  }
  AddRules(parts);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Output& output = outputs_[i];
    report::Part& part = parts.parts[i];
    output.kept.push_back(std::move(part.kept));
    if (part.body.empty()) continue;
    if (output.any) part.body.insert(0, output.format->Between());
    output.any = true;
    if (output.aside) {
      if (int error = WriteAll(output.aside.get(), part.body); error != 0) {
        return Fail(ErrorCode::kIo, "set a part of the report aside", "", std::strerror(error),
                    "make room, or name another folder with TMPDIR");
      }
      continue;
    }
    if (auto ok = output.file.Write(part.body); !ok) return ok;
  }
  return {};
}

Result<void> ReportWriter::EndOne(Output& output) {
  totals_.kept = std::move(output.kept);
  if (output.aside) {
    if (auto ok = output.file.Write(output.format->Begin(&totals_)); !ok) return ok;
    if (auto ok = output.file.CopyFrom(output.aside); !ok) return ok;
  }
  if (auto ok = output.file.Write(output.format->End(totals_)); !ok) return ok;
  return output.file.Finish();
}

Result<void> ReportWriter::SignOne(Output& output) const {
  if (!output.signature) return {};
  if (!output.file.IsFile()) {
    return Fail(ErrorCode::kUsage, "sign the report", "",
                "a device or a FIFO keeps nothing that could be verified", "name a file");
  }
  const auto content = output.file.Content();
  if (!content) return std::unexpected(content.error());
  auto text = report::SignatureText(*key_, *content);
  if (!text) return std::unexpected(text.error());
  if (auto ok = output.signature->Write(*text); !ok) return ok;
  return output.signature->Finish();
}

Result<void> ReportWriter::End(int exit_status) {
  if (!begun_) {
    if (auto ok = Begin(); !ok) return ok;
  }
  totals_.exit_status = exit_status;
  for (Output& output : outputs_) {
    if (auto ok = EndOne(output); !ok) return ok;
    if (auto ok = SignOne(output); !ok) return ok;
  }
  for (Output& output : outputs_) {
    // The signature first: a file with the signature of what it replaced would look forged.
    if (output.signature) {
      if (auto ok = output.signature->Publish(); !ok) return ok;
    }
    if (auto ok = output.file.Publish(); !ok) return ok;
  }
  return {};
}

}  // namespace seawall::app
