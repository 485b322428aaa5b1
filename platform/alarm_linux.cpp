// What is relied upon (kernel/time/itimer.c, kernel/time/timer_list.c, read
// in versions from before 4.15 to 7.x):
// - setitimer(ITIMER_REAL) and alarm start the hrtimer `real_timer` of the
//   process; its function is it_real_fn. So an armed one is in a queue of some
//   CPU, and the list prints all queues of all clocks of every online CPU.
// - An interval does not restart by itself but when SIGALRM is taken from the
//   queue of signals: then somebody ran.
// - The function is printed by name where the kernel has symbols (kallsyms);
//   the self-test sees whether it does.
// - Newer kernels let only root read the list (mode 0400, once 0444). Masked
//   by the null device it reads as empty.
// - An alarm that has expired is in no queue while it_real_fn runs: the caller
//   must see afterwards that nobody in the tree woke.
#include "platform/alarm_linux.hpp"

#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using Alarm = Surroundings::Alarm;

constexpr const char* kAlarmFunction = "it_real_fn";
constexpr std::size_t kMostText = std::size_t{64} << 20;
/// Of the list, until all queues were seen undisturbed.
constexpr int kReadings = 12;
constexpr int kSelfTests = 3;
constexpr std::uint64_t kNanoseconds = 1'000'000'000;
constexpr std::uint64_t kFarAway = 1'000'000;  ///< seconds: eleven days

template <typename Number>
std::optional<Number> number_after(std::string_view line,
                                   std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  line.remove_prefix(prefix.size());
  Number number{};
  const auto [end, error] =
      std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

/// " #0: <000000000c99b5cd>, tick_nohz_handler, S:01"
std::optional<ListedTimer> parse_timer(std::string_view line) {
  if (!number_after<int>(line, " #")) return std::nullopt;
  const std::size_t open = line.find(": ");
  if (open == std::string_view::npos) return std::nullopt;
  line.remove_prefix(open + 2);
  const std::size_t comma = line.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  const std::size_t next = line.find(", ", comma + 2);
  if (next == std::string_view::npos) return std::nullopt;
  ListedTimer timer;
  timer.address = line.substr(0, comma);
  timer.function = line.substr(comma + 2, next - comma - 2);
  return timer;
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool misses_cpus(const TimerList& list) {
  return static_cast<long>(list.cpus.size()) < ::sysconf(_SC_NPROCESSORS_ONLN);
}

bool has_alarm(const TimerList& list, const std::set<ListedAlarm>& before) {
  const auto all = alarms(list);
  return !std::all_of(all.begin(), all.end(), [&](const ListedTimer& alarm) {
    return before.contains({alarm.address, alarm.expires});
  });
}

/// Not whole if it cannot be read.
TimerList read_timer_list() {
  TimerList list =
      parse_timer_list(proc::read_file("/proc/timer_list", kMostText));
  if (misses_cpus(list)) list.whole = false;
  return list;
}

std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNanoseconds +
         static_cast<std::uint64_t>(now.tv_nsec);
}

bool is_armed(const itimerval& timer) {
  return timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0;
}

enum class SelfTest { passed, failed, alarm_of_our_own };

SelfTest self_test() {
  for (int i = 0; i < kSelfTests; ++i) {
    OwnAlarm own;
    if (own.others()) return SelfTest::alarm_of_our_own;
    if (!own.is_set()) return SelfTest::failed;
    const bool appeared = own.listed(read_timer_list());
    own.disarm();
    if (own.others()) return SelfTest::alarm_of_our_own;
    const TimerList after = read_timer_list();
    if (appeared && after.whole && !own.listed(after)) return SelfTest::passed;
  }
  return SelfTest::failed;
}

}  // namespace

OwnAlarm::OwnAlarm() {
  itimerval far{}, old{};
  far.it_value.tv_sec = kFarAway;
  first_ = monotonic_ns() + kFarAway * kNanoseconds;
  if (::setitimer(ITIMER_REAL, &far, &old) != 0) return;
  last_ = monotonic_ns() + kFarAway * kNanoseconds;
  set_ = true;
  if (!is_armed(old)) return;
  ::setitimer(ITIMER_REAL, &old, nullptr);
  set_ = false;
  others_ = true;
}

void OwnAlarm::disarm() {
  if (!set_) return;
  set_ = false;
  const itimerval none{};
  itimerval mine{};
  if (::setitimer(ITIMER_REAL, &none, &mine) != 0) return;
  if (!is_armed(mine) || mine.it_value.tv_sec > long{kFarAway} - 1000) return;
  ::setitimer(ITIMER_REAL, &mine, nullptr);
  others_ = true;
}

bool OwnAlarm::listed(const TimerList& list) const {
  const auto all = alarms(list);
  return std::any_of(all.begin(), all.end(), [&](const ListedTimer& alarm) {
    return alarm.expires >= first_ && alarm.expires <= last_;
  });
}

TimerList parse_timer_list(std::string_view text) {
  TimerList list;
  const bool begins = text.starts_with("Timer List Version:");
  const bool ends = text.ends_with('\n');
  std::set<int> devices;
  int cpu = -1, base = -1;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (const auto number = number_after<int>(line, "cpu: ")) {
      cpu = *number;
      base = -1;
      list.cpus.insert(cpu);
    } else if (const auto clock = number_after<int>(line, " clock ")) {
      base = *clock;
      list.queues[{cpu, base}];
    } else if (const auto device =
                   number_after<int>(line, "Per CPU device: ")) {
      devices.insert(*device);
    } else if (auto timer = parse_timer(line)) {
      std::string_view rest = text;
      if (const auto at =
              number_after<std::uint64_t>(next_line(rest), " # expires at "))
        timer->expires = *at;
      list.queues[{cpu, base}].push_back(std::move(*timer));
    }
  }
  list.whole = begins && ends && !list.cpus.empty() && list.cpus == devices;
  return list;
}

std::vector<ListedTimer> alarms(const TimerList& list) {
  std::vector<ListedTimer> found;
  for (const auto& [where, queue] : list.queues)
    for (const ListedTimer& timer : queue)
      if (timer.function == kAlarmFunction) found.push_back(timer);
  return found;
}

bool read_undisturbed(const std::vector<ListedTimer>& queue,
                      const std::vector<ListedTimer>& later) {
  const std::set<ListedTimer> now(later.begin(), later.end());
  // Twice in one reading: another was put before it meanwhile.
  const std::set<ListedTimer> once(queue.begin(), queue.end());
  return once.size() == queue.size() &&
         std::includes(now.begin(), now.end(), once.begin(), once.end());
}

std::set<ListedAlarm> listed_alarms() {
  std::set<ListedAlarm> all;
  for (const ListedTimer& alarm : alarms(read_timer_list()))
    all.emplace(alarm.address, alarm.expires);
  return all;
}

Surroundings::Alarm find_alarm(const std::set<ListedAlarm>& before) {
  static std::mutex mutex;
  static bool tested = false;
  const std::lock_guard lock(mutex);
  TimerList list = read_timer_list();
  if (!list.whole) return Alarm::unknown;
  if (has_alarm(list, before)) return Alarm::pending_somewhere;
  if (!tested) {
    const SelfTest result = self_test();
    if (result == SelfTest::alarm_of_our_own) return Alarm::pending_somewhere;
    if (result == SelfTest::failed) return Alarm::unknown;
    tested = true;
  }
  std::set<std::pair<int, int>> sure;
  for (int i = 1; i < kReadings; ++i) {
    const TimerList later = read_timer_list();
    if (!later.whole || later.cpus != list.cpus) return Alarm::unknown;
    if (has_alarm(later, before)) return Alarm::pending_somewhere;
    for (const auto& [where, queue] : list.queues)
      if (const auto found = later.queues.find(where);
          found != later.queues.end() && read_undisturbed(queue, found->second))
        sure.insert(where);
    if (sure.size() == list.queues.size()) return Alarm::none;
    list = later;
  }
  return Alarm::unknown;
}

}  // namespace poolbugs::wait
