#include "harness/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "harness/judge/judge.hpp"
#include "platform/features.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;

double seconds_since(run::Clock::time_point time) {
  return std::chrono::duration<double>(run::Clock::now() - time).count();
}

/// "hang: orphaned-lock (proven)".
std::string opinion(const report::Record& record) {
  std::string text(to_string(record.outcome));
  if (!record.cause.empty()) text += ": " + record.cause;
  if (record.grade) text += " (" + std::string(to_string(*record.grade)) + ")";
  return text;
}

struct Word {
  const char* text;
  const char* colour;  ///< SGR
};

Word word_for(const report::Record& record) {
  if (record.outcome == Outcome::harness_error) return {"ERROR", "1;31"};
  switch (record.verdict) {
    case Verdict::as_promised:
      return {"as promised", "32"};
    case Verdict::broken_promise:
      return {"BROKEN PROMISE", "1;31"};
    case Verdict::unsupported:
      return {"unsupported", "33"};
  }
  return {"?", "0"};
}

}  // namespace

Progress::Progress(std::size_t total, report::Journal journal, Console& console,
                   std::ostream& out, bool colour)
    : total_(total),
      journal_(std::move(journal)),
      console_(console),
      out_(out),
      live_(stdout_is_terminal()),
      colour_(colour) {}

Descriptor Progress::wake_descriptor() const { return console_.descriptor(); }

void Progress::finished(const plan::PlannedRun& planned,
                        const run::Observation& seen) {
  report::Record record = report::make_record(
      planned, seen, judge::judge(seen, planned), planned.platform);
  if (seen.end == run::End::interrupted) return;  // it says nothing
  if (const auto kept = journal_.append(record); !kept)
    journal_error_ = kept.error().text;
  print_result(record);
  records_.push_back(std::move(record));
}

void Progress::print_result(const report::Record& record) {
  clear_line();
  const Word word = word_for(record);
  std::string shown = fmt::format("{:14}", word.text);
  if (colour_) shown = fmt::format("\033[{}m{}\033[0m", word.colour, shown);
  out_ << fmt::format("{} {:<52} {:<28} {:6.2f} s\n", shown,
                      report::run_key(record), opinion(record),
                      record.seconds.value_or(0));
}

void Progress::progress(std::span<const run::Active> active) {
  using namespace std::chrono_literals;
  if (run::Clock::now() - drawn_ < 100ms) return;
  drawn_ = run::Clock::now();
  if (!live_) out_.flush();  // for those who follow a log
  if (!live_ || active.empty()) return;
  const auto oldest = std::min_element(
      active.begin(), active.end(),
      [](const auto& a, const auto& b) { return a.since < b.since; });
  const auto waiting = std::count_if(active.begin(), active.end(),
                                     [](const auto& one) { return one.idle; });
  std::string line = fmt::format(
      "[{}/{}] {} running, {} waiting: {} {:.1f} s", records_.size(), total_,
      static_cast<std::ptrdiff_t>(active.size()) - waiting, waiting,
      oldest->planned->name(), seconds_since(oldest->since));
  line.resize(
      std::min(line.size(), static_cast<std::size_t>(terminal_width())));
  out_ << "\r\033[K" << line << std::flush;
  line_shown_ = true;
}

void Progress::clear_line() {
  if (line_shown_) out_ << "\r\033[K";
  line_shown_ = false;
}

void Progress::print_active(std::span<const run::Active> active) {
  clear_line();
  for (const run::Active& one : active)
    out_ << fmt::format("{:14} {:<52} {:35.2f} s\n",
                        one.idle ? "waiting" : "running", one.planned->name(),
                        seconds_since(one.since));
  out_.flush();
}

bool Progress::woken(std::span<const run::Active> active) {
  const Console::Request request = console_.take();
  if (request.status) print_active(active);
  if (request.stop) stopped_by_ = request.stop;
  return !request.stop;
}

}  // namespace poolbugs::cli
