#include "platform/process_tree.hpp"
#include "platform/snapshot_windows.hpp"

namespace poolbugs {
namespace {

using Clock = std::chrono::steady_clock;

/// Who asks for one thread asks for the others too, and all are told at once.
const std::vector<SeenProcess>& recent_processes() {
  constexpr std::chrono::milliseconds kRecent{50};
  thread_local std::vector<SeenProcess> all;
  thread_local Clock::time_point at{};
  if (all.empty() || Clock::now() - at > kRecent) {
    all = all_processes();
    at = Clock::now();
  }
  return all;
}

}  // namespace

// To look at one costs as much as to look at all of them.
TreeSample sample_tree(long root, std::size_t /*most*/, bool with_root) {
  return tree_of(below(all_processes(), root, with_root));
}

Wait where_it_waits(long process, long thread) {
  Wait wait;
  wait.timed = true;
  for (const SeenProcess& one : recent_processes()) {
    if (one.sample.id != process) continue;
    for (std::size_t i = 0; i < one.sample.threads.size(); ++i)
      if (one.sample.threads[i].id == thread) {
        wait.call = wait_reason_name(one.wait_reasons[i]);
        if (wait.call.ends_with("DelayExecution"))
          wait.number = one.wait_reasons[i];
      }
  }
  return wait;
}

}  // namespace poolbugs
