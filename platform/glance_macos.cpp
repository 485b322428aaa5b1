#include <libproc.h>
#include <time.h>

#include <unordered_map>

#include "platform/glance.hpp"
#include "platform/libproc_macos.hpp"

namespace poolbugs {
namespace {

using std::chrono::nanoseconds;

nanoseconds cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

struct Glancer::State {
  long above = 0;
  struct Seen {
    std::uint64_t started = 0, ran = 0;
    std::int32_t switches = 0;
    unsigned round = 0;
  };
  std::unordered_map<pid_t, Seen> seen = {};
  unsigned round = 0;
};

Glancer::Glancer(long above) : state_(new State{.above = above}) {}
Glancer::~Glancer() = default;

/// Whole processes: the kernel counts their running threads, context switches
/// and CPU time (fill_taskprocinfo in xnu's osfmk/kern/bsd_kern.c).
Glance Glancer::look() {
  State& state = *state_;
  const nanoseconds before = cpu_time();
  Glance glance;
  ++state.round;
  for (const libproc::Process& process :
       libproc::descendants(static_cast<pid_t>(state.above))) {
    proc_taskinfo task{};
    const bool lives =
        !process.zombie &&
        ::proc_pidinfo(process.id, PROC_PIDTASKINFO, 0, &task, sizeof task) ==
            static_cast<int>(sizeof task);
    glance.seen += lives ? task.pti_threadnum : 0;
    glance.runs = glance.runs || task.pti_numrunning > 0;
    const State::Seen now{process.started_us,
                          task.pti_total_user + task.pti_total_system,
                          task.pti_csw, state.round};
    const auto [entry, is_new] = state.seen.try_emplace(process.id, now);
    State::Seen& then = entry->second;
    glance.changed = glance.changed || is_new || then.started != now.started ||
                     then.ran != now.ran || then.switches != now.switches;
    then = now;
    if (glance.runs) break;
  }
  // Only a round that came to its end has seen who is gone.
  if (!glance.runs && std::erase_if(state.seen, [&](const auto& item) {
                        return item.second.round != state.round;
                      }) > 0)
    glance.changed = true;
  glance.changed = glance.changed || glance.runs;
  glance.cost = cpu_time() - before;
  return glance;
}

}  // namespace poolbugs
