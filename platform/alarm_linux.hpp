// Whether an alarm(2) is pending somewhere on the machine. It shows nowhere
// under /proc/PID, but all of them are in /proc/timer_list.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/wait_reader.hpp"

namespace poolbugs::wait {

/// A pending high-resolution timer, as the list names it.
struct ListedTimer {
  std::string address;        ///< hashed, or all zeros (kptr_restrict)
  std::string function;       ///< what is called when it expires
  std::uint64_t expires = 0;  ///< nanoseconds of CLOCK_MONOTONIC and others
  auto operator<=>(const ListedTimer&) const = default;
};

/// The text of /proc/timer_list.
struct TimerList {
  /// It has a beginning and an end, and its two parts name the same CPUs.
  bool whole = false;
  std::set<int> cpus;
  /// By CPU and clock base, in the order of the text.
  std::map<std::pair<int, int>, std::vector<ListedTimer>> queues;
};

TimerList parse_timer_list(std::string_view text);

/// The alarms in it (ITIMER_REAL of whatever process).
std::vector<ListedTimer> alarms(const TimerList& list);

/// Whether this queue was read whole: the kernel lets go of its lock after each
/// line and goes on by counting, so a timer that is removed meanwhile hides
/// the one that follows the line just written. `later` is the same queue, read
/// afterwards: if all that was listed is still there, nothing was removed.
bool read_undisturbed(const std::vector<ListedTimer>& queue,
                      const std::vector<ListedTimer>& later);

/// An alarm of this process for the self-test, eleven days away; told from
/// others by when it expires. One that was set before, or that another thread
/// sets meanwhile, stays set (it may come some microseconds late).
class OwnAlarm {
 public:
  OwnAlarm();
  ~OwnAlarm() { disarm(); }
  OwnAlarm(const OwnAlarm&) = delete;
  OwnAlarm& operator=(const OwnAlarm&) = delete;

  void disarm();
  [[nodiscard]] bool is_set() const { return set_; }
  /// This process has an alarm that is not this one.
  [[nodiscard]] bool others() const { return others_; }
  [[nodiscard]] bool listed(const TimerList& list) const;

 private:
  std::uint64_t first_ = 0, last_ = 0;  ///< expires in between
  bool set_ = false, others_ = false;
};

/// Reads the list until nothing can have been missed. `none` only after a
/// self-test in this process saw its own alarm appear and vanish there (once
/// in its life); `unknown` if the list cannot be read, is masked or cut. An
/// alarm of this process that was set before is left as it is, and counts.
/// May be called from several threads. Takes some 0.2 ms on two CPUs, more
/// with more. Those of `before` do not count while they stay as they were.
Surroundings::Alarm find_alarm(const std::set<ListedAlarm>& before = {});

}  // namespace poolbugs::wait
