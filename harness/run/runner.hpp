// Runs a plan in the sandbox and turns every run into an observation.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "harness/plan/plan.hpp"
#include "harness/run/observation.hpp"
#include "harness/run/watch.hpp"
#include "platform/sandbox.hpp"

namespace poolbugs::run {

struct RunSettings {
  WatchSettings watch;
  int jobs = 2;        ///< runs that use the CPU at a time
  int waiting = 16;    ///< further runs that only wait, and are being watched
  bool proofs = true;  ///< end a run at the proof that it hangs, where possible
  /// That a hang was promised is no reason to end a run before its deadline.
  bool full_time = false;
  std::chrono::milliseconds grace{100};  ///< between SIGTERM and SIGKILL
  std::vector<std::string> environment;  ///< NAME=VALUE, of every run
};

/// A run that goes on.
struct Active {
  const plan::PlannedRun* planned;
  Clock::time_point since;
  bool idle;  ///< it only waits
};

/// Who is told of the progress. Called on the caller's thread.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void finished(const plan::PlannedRun& planned,
                        const Observation& seen) = 0;
  virtual void progress(std::span<const Active> active) = 0;
  /// A descriptor that wakes the runner, or kNoDescriptor, and what to do then:
  /// false ends all runs (as End::interrupted) and starts no more.
  [[nodiscard]] virtual Descriptor wake_descriptor() const {
    return kNoDescriptor;
  }
  virtual bool woken(std::span<const Active> active) {
    (void)active;
    return true;
  }
};

/// Runs everything that is supported, in order, several at a time.
void run_all(const std::vector<plan::PlannedRun>& plan,
             sandbox::Sandbox& sandbox, const RunSettings& settings,
             Observer& observer);

}  // namespace poolbugs::run
