#include "platform/sandbox_trial_posix.hpp"

namespace poolbugs::sandbox {

Result<void> try_run(Sandbox& sandbox, const Command& nothing,
                     std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const auto run = sandbox.launch(nothing);
  if (!run) return run.error();
  const auto deadline = Clock::now() + patience;
  std::vector<Event> events;
  while (events.empty() && Clock::now() < deadline)
    events = sandbox.wait(deadline, kNoDescriptor);
  if (events.empty()) return Error{"a run of nothing did not end in time"};
  const Finished& finished = events.front().finished;
  if (!finished.failure.empty()) return Error{finished.failure};
  if (!finished.exited || finished.exit_code != 0)
    return Error{"a run of nothing failed in the sandbox"};
  return {};
}

}  // namespace poolbugs::sandbox
