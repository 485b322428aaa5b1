#include "harness/report/journal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace poolbugs::report {
namespace {

using json = nlohmann::ordered_json;

std::string with_repetition(std::string name, int repetition) {
  return repetition == 1 ? name : fmt::format("{}#{}", name, repetition);
}

std::set<std::string> keys_of(const std::vector<plan::PlannedRun>& plan) {
  std::set<std::string> keys;
  for (const plan::PlannedRun& planned : plan) keys.insert(run_key(planned));
  return keys;
}

Error write_error(const std::filesystem::path& file) {
  return errno_error("write " + file.string(), errno);
}

/// The first of `these` that is not among `those`, or "".
std::string first_missing(const std::set<std::string>& these,
                          const std::set<std::string>& those) {
  for (const std::string& key : these)
    if (!those.contains(key)) return key;
  return "";
}

Result<void> check_plan(const std::filesystem::path& file, const json& header,
                        const std::set<std::string>& now) {
  const auto plan = header.find("plan");
  if (!header.is_object() || plan == header.end() || !plan->is_array())
    return Error{fmt::format("{}:1: this is not a journal of poolbugs run",
                             file.string())};
  std::set<std::string> then;
  for (const json& key : *plan)
    if (key.is_string()) then.insert(key.get<std::string>());
  if (then == now) return {};
  const std::string gone = first_missing(then, now);
  const std::string came = first_missing(now, then);
  return Error{fmt::format(
      "{}: it was begun for other runs ({} then, {} now{}{}); use the same "
      "cases and options as then, or start again without --resume",
      file.string(), then.size(), now.size(),
      gone.empty() ? "" : ", no longer " + gone,
      came.empty() ? "" : ", now also " + came)};
}

}  // namespace

std::string run_key(const plan::PlannedRun& planned) {
  return with_repetition(planned.name(), planned.repetition);
}

std::string run_key(const Record& record) {
  std::string name = record.case_name + "." + record.program;
  if (record.runtime != plan::kNative) name += "." + record.runtime;
  if (record.start_method)
    name += "." + std::string(to_string(*record.start_method));
  return with_repetition(name, record.repetition);
}

Result<Journal> Journal::create(const std::filesystem::path& file,
                                const std::vector<plan::PlannedRun>& plan) {
  Journal journal;
  journal.file_ = file;
  errno = 0;
  journal.out_.open(file, std::ios::binary | std::ios::trunc);
  if (!journal.out_) return errno_error("open " + file.string(), errno);
  const json header{{"poolbugs", 1}, {"plan", keys_of(plan)}};
  journal.out_ << header.dump() << "\n" << std::flush;
  if (!journal.out_) return write_error(file);
  return journal;
}

Result<std::pair<Journal, std::vector<Record>>> Journal::resume(
    const std::filesystem::path& file,
    const std::vector<plan::PlannedRun>& plan) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) return errno_error("open " + file.string(), errno);
  std::stringstream buffer;
  buffer << in.rdbuf();
  std::string text = buffer.str();
  // Only whole lines count: the last may have been cut by a SIGKILL.
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  std::istringstream lines(text);
  std::string line;
  std::vector<Record> done;
  const std::set<std::string> keys = keys_of(plan);
  for (int number = 1; std::getline(lines, line); ++number) {
    const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (object.is_discarded())
      return Error{
          fmt::format("{}:{}: not a line of JSON", file.string(), number)};
    if (number == 1) {
      if (auto checked = check_plan(file, object, keys); !checked)
        return checked.error();
      continue;
    }
    auto record = from_json(object);
    if (!record)
      return Error{
          fmt::format("{}:{}: {}", file.string(), number, record.error().text)};
    done.push_back(std::move(*record));
  }
  if (text.empty())
    return Error{file.string() + ": it holds no whole line to go on from"};
  in.close();
  std::error_code error;
  std::filesystem::resize_file(file, text.size(), error);
  if (error) return Error{"truncate " + file.string() + ": " + error.message()};
  Journal journal;
  journal.file_ = file;
  journal.out_.open(file, std::ios::binary | std::ios::app);
  if (!journal.out_) return errno_error("open " + file.string(), errno);
  return std::pair(std::move(journal), std::move(done));
}

Result<void> Journal::append(const Record& record) {
  if (file_.empty()) return {};
  errno = 0;
  out_ << to_json(record).dump() << "\n" << std::flush;
  if (!out_) return write_error(file_);
  return {};
}

}  // namespace poolbugs::report
