#include "harness/cli/watch_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <ostream>
#include <set>

#include "harness/cli/finding.hpp"
#include "harness/judge/hang.hpp"
#include "harness/run/pollers.hpp"
#include "harness/run/quiet.hpp"
#include "harness/run/roles.hpp"
#include "harness/run/watch.hpp"
#include "platform/attend.hpp"
#include "platform/own_process.hpp"
#include "platform/signal_name.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using run::Clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int kFailed = 125;
constexpr milliseconds kGrace{500};
/// The end of a time-out, in which we look at what moves …
constexpr milliseconds kStretch{5000};
/// … and, still closer, at who comes round again and again.
constexpr milliseconds kClosely{1300};
constexpr milliseconds kOften{120}, kSometimes{500};
constexpr milliseconds kSoon{25}, kSeldom{2000};  ///< between askings
/// How long a part must be stuck before it is told.
constexpr milliseconds kPart{5000};

int status_of(Grade grade) {
  switch (grade) {
    case Grade::proven:
      return 120;
    case Grade::spinning:
      return 121;
    case Grade::quiescent:
      return 122;
    case Grade::timeout:
      break;
  }
  return 124;
}

/// Whether everybody who may move does so by a time-out of its own.
bool moves_by_itself(const wait::Examined& examined) {
  const wait::Graph& graph = examined.graph;
  return std::all_of(
      graph.threads.begin(), graph.threads.end(), [&](const auto& thread) {
        if (thread.motion != wait::Motion::free) return true;
        const auto& process =
            graph.processes[static_cast<std::size_t>(thread.process)];
        const Wait where = where_it_waits(process.id, thread.id);
        return where.timed && where.number >= 0;
      });
}

run::NoProof why_not(const wait::Examined& examined) {
  if (!examined.graph.disturbed.empty()) return run::NoProof::disturbed;
  if (examined.verdict.proof == wait::Proof::none && moves_by_itself(examined))
    return run::NoProof::inside;
  return run::NoProof::outside;
}

class Watching {
 public:
  Watching(const WatchOptions& options, std::ostream& err)
      : options_(options), err_(err) {
    finding_.command = options.command;
    tree_.above = own_process_id();
    tree_.ours = true;
    tree_.no_signals = options.no_signals;
    tree_.handed_down = wait::own_files();
    tree_.alarms_before = wait::listed_alarms();
  }

  int run();

 private:
  CommandEnd attend();
  std::optional<Clock::time_point> deadline() const;
  wait::Examined examine(const wait::Pollers& pollers = {});
  void look();
  wait::Examined look_closely();
  void look_for_part(const wait::Examined& examined);
  void tell_part(const wait::Examined& examined);
  void look_at_the_end();
  void time_is_over();
  void hang(const wait::Examined& examined, Grade grade,
            std::vector<std::string> explanation);
  void ended(const CommandEnd& end);
  void write();

  const WatchOptions& options_;
  std::ostream& err_;
  Finding finding_;
  wait::Tree tree_;
  Clock::time_point start_ = Clock::now();
  std::optional<Attendance> attendance_{std::in_place};
  Glancer glancer_{own_process_id()};
  run::Quiet quiet_{{}, start_};
  run::PollerTracker pollers_;
  std::optional<run::Watch> activity_;
  std::optional<TreeSample> last_sample_;
  Clock::time_point next_sample_{};
  /// Threads that never go on by themselves while others may, and when to look
  /// at them as closely as it takes to say so.
  std::set<long> part_;
  std::optional<Clock::time_point> part_due_;
  /// Asking for timers interrupts them: more and more seldom.
  Clock::time_point next_asking_{};
  nanoseconds asking_pause_ = kSoon;
  bool told_part_ = false;
  bool told_ = false;  ///< of a hang; there is nothing to look for any more
};

int Watching::run() {
  if (const auto failed = attendance_->start(options_.command)) {
    err_ << "poolbugs: " << failed->text << "\n";
    finding_.outcome = Outcome::harness_error;
    finding_.status = failed->status;
    finding_.explanation = {"It was not started: " + failed->text};
    attendance_.reset();
    write();
    return failed->status;
  }
  const CommandEnd end = attend();
  attendance_.reset();
  if (told_) return finding_.status;
  ended(end);
  write();
  if (end.signal != 0) {
    err_.flush();
    die_like(end.signal);
  }
  return static_cast<int>(end.code);
}

std::optional<Clock::time_point> Watching::deadline() const {
  if (!options_.timeout || told_) return std::nullopt;
  return start_ + attendance_->stopped_for() +
         std::chrono::duration_cast<nanoseconds>(
             std::chrono::duration<double>(*options_.timeout));
}

/// Until the command has ended, or we have ended it.
CommandEnd Watching::attend() {
  while (true) {
    auto until = Clock::now() + std::chrono::hours(1);
    const auto last = deadline();
    if (attendance_->stopped())
      until = Clock::now() + kSometimes;
    else if (!told_)
      until = std::min(quiet_.next_look(), part_due_.value_or(until));
    if (last)
      until =
          std::min({until, *last, std::max(next_sample_, *last - kStretch)});
    if (const auto end = attendance_->wait_until(until)) return *end;
    if (told_) continue;
    if (last && Clock::now() >= *deadline())
      time_is_over();
    else if (!attendance_->stopped())
      look();
    if (told_ && !options_.keep) return {};
  }
}

wait::Examined Watching::examine(const wait::Pollers& pollers) {
  wait::Examined examined = wait::examine(tree_, pollers);
  finding_.examinations += examined.graph.disturbed.empty();
  return examined;
}

void Watching::look() {
  look_at_the_end();
  if (part_due_ && Clock::now() >= *part_due_) {
    look_closely();
    return;
  }
  if (Clock::now() < quiet_.next_look()) return;
  if (!quiet_.glanced(glancer_.look(), Clock::now())) return;
  const std::clock_t before = std::clock();
  const wait::Examined examined = look_closely();
  const std::chrono::duration<double> cost(
      static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
  if (!told_)
    quiet_.examined(why_not(examined), Clock::now(),
                    std::chrono::duration_cast<nanoseconds>(cost));
}

wait::Examined Watching::look_closely() {
  tree_.with_parts = part_due_ && Clock::now() >= *part_due_;
  tree_.ask =
      Clock::now() < next_asking_ ? wait::Ask::nobody : wait::Ask::for_a_proof;
  wait::Examined examined = examine();
  if (examined.asked) {
    asking_pause_ = std::min<nanoseconds>(asking_pause_ * 2, kSeldom);
    next_asking_ = Clock::now() + asking_pause_;
  }
  if (examined.verdict.proof == wait::Proof::whole)
    hang(examined, Grade::proven, {});
  else if (!told_part_)
    look_for_part(examined);
  return examined;
}

void Watching::look_for_part(const wait::Examined& examined) {
  const auto now = Clock::now();
  if (!examined.graph.disturbed.empty()) {
    if (part_due_) part_due_ = std::max(*part_due_, now + kSometimes);
    return;
  }
  std::set<long> stuck;
  if (examined.verdict.proof == wait::Proof::none)
    for (const int thread : examined.verdict.stuck)
      stuck.insert(examined.graph.threads[static_cast<std::size_t>(thread)].id);
  if (stuck != part_ || stuck.empty()) {
    part_ = std::move(stuck);
    part_due_.reset();
    if (!part_.empty()) part_due_ = now + kPart;
    return;
  }
  if (!tree_.with_parts) return;
  part_due_.reset();
  told_part_ = true;
  if (examined.graph.unless.empty()) tell_part(examined);
}

void Watching::tell_part(const wait::Examined& examined) {
  Finding part;
  describe(examined, part);
  err_ << "poolbugs: " << part_headline(part) << "\n"
       << story(part) << std::flush;
  finding_.part = std::move(part.explanation);
}

/// Before the time is over: what moves, and who are the pollers?
void Watching::look_at_the_end() {
  const auto last = deadline();
  if (!last || Clock::now() < std::max(next_sample_, *last - kStretch)) return;
  last_sample_ = sample_tree(own_process_id());
  const auto now = last_sample_->at;
  if (!activity_) {
    run::WatchSettings settings;
    // It looks back over half of this.
    settings.deadline = std::chrono::duration_cast<milliseconds>(*last - now);
    activity_.emplace(settings, now);
  }
  activity_->look({*last_sample_, 0, 0}, [] { return true; });
  const bool closely = now >= *last - kClosely;
  if (closely) pollers_.see(run::sights(*last_sample_), now);
  next_sample_ = now + (closely ? kOften : kSometimes);
  next_sample_ =
      std::min(next_sample_, std::max(now + kOften, *last - kClosely));
}

void Watching::time_is_over() {
  next_sample_ = {};
  look_at_the_end();
  tree_.ask = wait::Ask::to_say_more;
  const wait::Examined examined = examine(pollers_.pollers());
  using wait::Proof;
  if (examined.verdict.proof == Proof::whole)
    return hang(examined, Grade::proven, {});
  run::Observation seen;
  seen.end = run::End::deadline;
  if (activity_) seen.last = activity_->last_stretch();
  if (last_sample_) seen.threads = run::threads_seen(*last_sample_);
  const Grade grade = judge::grade_hang(seen);
  const bool partly = examined.verdict.proof != Proof::none;
  if (partly && seen.last.bytes_moved == 0)
    return hang(examined, Grade::quiescent, {});
  hang(examined, grade, judge::explain_hang(seen, grade));
}

void Watching::hang(const wait::Examined& examined, Grade grade,
                    std::vector<std::string> explanation) {
  told_ = true;
  finding_.outcome = Outcome::hang;
  finding_.grade = grade;
  finding_.status = status_of(grade);
  finding_.seconds =
      std::chrono::duration<double>(Clock::now() - start_).count();
  describe(examined, finding_);
  if (!explanation.empty()) finding_.explanation = std::move(explanation);
  if (!options_.keep || options_.stacks) {
    std::vector<long> processes;
    for (const wait::Process& process : examined.graph.processes)
      if (!process.zombie) processes.push_back(process.id);
    finding_.stacks = stacks::take_stacks(processes);
  }
  finding_.cases =
      related_cases(options_.corpus, finding_.cause, finding_.stacks);
  err_ << "poolbugs: " << headline(finding_) << "\n" << story(finding_);
  write();
  if (const auto wrote = write_facts(examined, options_.facts); !wrote)
    err_ << "poolbugs: " << wrote.error().text << "\n";
  if (options_.keep) {
    err_ << "poolbugs: it is left as it is; its first process is "
         << attendance_->id() << "\n"
         << std::flush;
    return;
  }
  const int left = attendance_->end_tree(kGrace);
  err_ << "poolbugs: ended it";
  if (left > 0) err_ << fmt::format(", but {} of its processes stay", left);
  err_ << "\n" << std::flush;
}

void Watching::ended(const CommandEnd& end) {
  finding_.seconds =
      std::chrono::duration<double>(Clock::now() - start_).count();
  if (end.signal != 0) {
    finding_.outcome = Outcome::crash;
    finding_.signal = signal_name(end.signal);
    finding_.cause = finding_.signal;
    finding_.status = 128 + end.signal;
    finding_.explanation = {fmt::format("It died of {}.", finding_.signal)};
    return;
  }
  finding_.outcome = end.code == 0 ? Outcome::ok : Outcome::error;
  finding_.exit_code = end.code;
  finding_.status = static_cast<int>(end.code);
  finding_.explanation = {fmt::format("It ended by itself with {}.", end.code)};
}

void Watching::write() {
  const auto wrote = write_finding(finding_, options_.json, options_.markdown);
  if (!wrote) err_ << "poolbugs: " << wrote.error().text << "\n";
}

}  // namespace

int watch_command(const WatchOptions& options, std::ostream& err) {
  for (const auto& file : {options.json, options.markdown, options.facts})
    if (const auto can = can_write(file); !can) {
      err << "poolbugs: " << can.error().text << "\n";
      return kFailed;
    }
  return Watching(options, err).run();
}

}  // namespace poolbugs::cli
