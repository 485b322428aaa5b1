// Reads the facts of wait_facts.hpp from the system, without stopping anybody.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/result.hpp"
#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

/// An alarm of some process, as /proc/timer_list names it; that of a process
/// that starts later has another expiry or another address.
using ListedAlarm = std::pair<std::string, std::uint64_t>;

/// Whether examine() may interrupt threads of the tree for some microseconds,
/// and ask processes for their timers (ask_timers.hpp).
enum class Ask {
  nobody,
  for_a_proof,  ///< if nothing else stands in the way of Proof::whole
  to_say_more,  ///< of Proof::but_signals and conditional as well
};

/// Which tree, and what the caller knows of it.
struct Tree {
  /// Everything below this process (a subreaper that the tree cannot leave:
  /// ourselves, or a jail) …
  long above = 0;
  /// … without `above` itself and without these, whose children count
  /// (a pid namespace's init).
  std::vector<long> without;
  /// Include `above` itself (diagnose: the tree is PID and its descendants).
  bool with_above = false;
  /// This process (an id of its own pid namespace) must be there and live, or
  /// Facts::disturbed says that it is not; 0: whoever is there.
  long first = 0;
  bool ours = false;            ///< Surroundings::ours
  bool own_namespaces = false;  ///< Surroundings::own_namespaces
  bool no_signals = false;      ///< Surroundings::no_signals
  /// examine() looks around even if somebody moves, so that what it says of the
  /// others holds.
  bool with_parts = false;
  /// Files that the tree's first process got from us.
  std::vector<FileId> handed_down;
  /// What listed_alarms() said before its first process was there.
  std::set<ListedAlarm> alarms_before;
  Ask ask = Ask::nobody;
};

/// Whether trees can be read here at all (system, architecture, kernel,
/// ptrace rights over one's own children); otherwise the reason.
Result<void> can_read_trees();

/// Whether a proof can exclude that an alarm is pending, and so be whole;
/// otherwise the reason.
Result<void> can_exclude_alarms();

/// All that are pending now, or none if that cannot be read.
std::set<ListedAlarm> listed_alarms();

/// Two readings of the tree with everything else read between them. Does not
/// look outside of the tree: `around` is as unknown as can be, apart from
/// `ours` and `own_namespaces`. Takes some 50 µs of CPU a thread, the two
/// readings and the listings together, and 0.3 ms a process. Keeps four
/// descriptors a thread meanwhile, of all trees together at most a quarter of
/// the soft RLIMIT_NOFILE (above that a fifth slower). Stops early where a
/// thread outside of `pollers` runs: Facts::disturbed says so.
Facts read_facts(const Tree& tree, const Pollers& pollers = {});

/// Fills in Facts::around: reads every process of the machine (some ms). Only
/// worth it if nothing in the tree itself may move.
void look_around(const Tree& tree, Facts& facts);

/// The files behind this process' own descriptors, for Tree::handed_down.
std::vector<FileId> own_files();

}  // namespace poolbugs::wait
