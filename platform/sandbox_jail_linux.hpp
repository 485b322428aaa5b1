// The harness' side of one poolbugs-jail program: its start, its end, and what
// must be cleaned up in its place when it dies.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "platform/result.hpp"
#include "platform/sandbox.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::sandbox {

using Clock = std::chrono::steady_clock;

/// One jail program and, at times, its run.
struct Jail {
  pid_t pid = -1;
  UniqueFd socket, out, err;
  std::string name, folder;
  std::vector<std::string> cgroups;  ///< folders of its own
  std::string process_limit, memory_limit;
  RunId run = 0;      ///< 0: free
  bool kept = false;  ///< keep_output was called
  std::string kept_out, kept_err;
  bool ended_by_us = false;
  /// When it must have said that the run which we ended is over.
  Clock::time_point give_up_at = Clock::time_point::max();
};

/// Starts one and waits until it is ready.
Result<std::unique_ptr<Jail>> open_jail(const Settings& settings, Mode mode,
                                        const std::string& name);

/// Waits for the end of jails whose sockets are closed; kills those that do
/// not leave. All of them together have `patience`.
void wait_for_jails(const std::vector<std::unique_ptr<Jail>>& jails,
                    std::chrono::milliseconds patience);

/// Kills a jail, all that it leaves to us as subreaper (every child of ours
/// that is not one of `others`), its folder and its cgroups. Returns how it
/// died, if not by us.
std::string bury_jail(Jail& jail, const std::set<pid_t>& others);

}  // namespace poolbugs::sandbox
