#include "harness/cli/related.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "harness/catalogue/catalogue.hpp"
#include "harness/cli/paths.hpp"
#include "harness/report/read.hpp"
#include "platform/features.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Case;
using catalogue::Outcome;

constexpr std::size_t kNearest = 3;
/// Of what the likeliest case shares: less alike is not worth a line.
constexpr double kAlike = 0.5;

/// Functions, each with its file if that is known: "Pool.map pool.py".
using Functions = std::set<std::string>;

/// Of one hang, by language: in CPython the native frames are the interpreter's
/// and the same everywhere.
struct Look {
  Functions native, python;

  [[nodiscard]] const Functions& telling() const {
    return python.empty() ? native : python;
  }
};

Look look_of(const std::vector<stacks::ProcessStacks>& stacks) {
  Look look;
  const auto add = [](const auto& frames, Functions& to) {
    for (const stacks::Frame& frame : frames)
      to.insert(frame.line > 0 ? frame.function + " " + frame.file
                               : frame.function);
  };
  for (const stacks::ProcessStacks& process : stacks)
    for (const stacks::ThreadStack& thread : process.threads) {
      add(thread.native, look.native);
      add(thread.python, look.python);
    }
  return look;
}

/// A stack as a record has it: "worker 1, thread 1: f (a.cpp:3) ← main (…".
void add_line(std::string_view line, Look& look) {
  constexpr std::string_view kPython = "Python: ", kCalledBy = " ← ";
  const std::size_t start = line.find(": ");
  if (start == line.npos) return;
  line.remove_prefix(start + 2);
  const bool python = line.starts_with(kPython);
  if (python) line.remove_prefix(kPython.size());
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(kCalledBy), line.size());
    std::string frame(line.substr(0, end));
    line.remove_prefix(std::min(end + kCalledBy.size(), line.size()));
    const std::size_t file = frame.rfind(" ("), at = frame.rfind(':');
    if (file != frame.npos && at != frame.npos && at > file &&
        frame.back() == ')')
      frame =
          frame.substr(0, file) + " " + frame.substr(file + 2, at - file - 2);
    (python ? look.python : look.native).insert(std::move(frame));
  }
}

/// What the broken programs of each case looked like when they hung.
std::map<std::string, std::vector<Look>> looks_in(
    const std::filesystem::path& results) {
  std::map<std::string, std::vector<Look>> looks;
  const auto file = report::read_records(results);
  if (!file) return looks;
  for (const report::Record& record : file->records) {
    if (record.outcome != Outcome::hang || record.program != "broken" ||
        record.stacks.empty())
      continue;
    Look look;
    for (const std::string& line : record.stacks) add_line(line, look);
    looks[record.case_name].push_back(std::move(look));
  }
  return looks;
}

bool promises_hang(const Case& item, const std::string& cause) {
  for (const catalogue::Program& program : item.programs)
    for (const catalogue::ConditionalPromise& one : program.promised)
      for (const catalogue::Promise& promise : one.promises)
        if (promise.outcome == Outcome::hang && promise.cause == cause)
          return true;
  return false;
}

/// How much a function says: the more, the fewer cases have it.
class Weights {
 public:
  explicit Weights(const std::map<std::string, std::vector<Look>>& looks) {
    for (const auto& [name, some] : looks) {
      Functions seen;
      for (const Look& look : some)
        seen.insert(look.native.begin(), look.native.end());
      for (const Look& look : some)
        seen.insert(look.python.begin(), look.python.end());
      for (const std::string& function : seen) ++cases_[function];
    }
    all_ = static_cast<double>(looks.size());
  }

  /// From 0, nothing known in common, to 1: all that any case has.
  [[nodiscard]] double alike(const Functions& a, const Functions& b) const {
    double common = 0, any = 0;
    for (const std::string& function : a)
      (b.contains(function) ? common : any) += of(function);
    for (const std::string& function : b)
      if (!a.contains(function)) any += of(function);
    return common == 0 ? 0 : common / (common + any);
  }

 private:
  /// 0 for what no case has: the functions of somebody's own program.
  [[nodiscard]] double of(const std::string& function) const {
    const auto at = cases_.find(function);
    return at == cases_.end() ? 0 : std::log(1 + all_ / at->second);
  }

  std::map<std::string, int> cases_;
  double all_ = 0;
};

}  // namespace

Corpus default_corpus() {
  const Paths paths = default_paths();
  return {paths.cases, paths.reports / platform_name() / "results.jsonl"};
}

RelatedCases related_cases(const Corpus& corpus, const std::string& cause,
                           const std::vector<stacks::ProcessStacks>& stacks) {
  std::error_code error;
  if (cause.empty() || !std::filesystem::is_directory(corpus.cases, error))
    return {};
  const auto loaded = catalogue::load(corpus.cases);
  const auto* sound = std::get_if<catalogue::Catalogue>(&loaded);
  if (sound == nullptr) return {};
  const auto looks = looks_in(corpus.results);
  const Weights weights(looks);
  const Look ours = look_of(stacks);
  std::vector<std::pair<double, const Case*>> found;
  for (const Case& item : sound->cases) {
    if (!promises_hang(item, cause)) continue;
    double alike = 0;
    if (const auto at = looks.find(item.name()); at != looks.end())
      for (const Look& look : at->second)
        if (look.python.empty() == ours.python.empty())
          alike =
              std::max(alike, weights.alike(ours.telling(), look.telling()));
    found.emplace_back(alike, &item);
  }
  std::ranges::stable_sort(found, std::greater(),
                           &std::pair<double, const Case*>::first);
  RelatedCases related;
  for (const auto& [alike, item] : found)
    if (related.nearest.size() < kNearest &&
        alike >= kAlike * found.front().first)
      related.nearest.push_back({item->name(), item->id, item->title});
    else
      ++related.others;
  return related;
}

}  // namespace poolbugs::cli
