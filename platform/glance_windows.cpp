#include <windows.h>

#include <map>
#include <tuple>
#include <utility>

#include "platform/glance.hpp"
#include "platform/snapshot_windows.hpp"

namespace poolbugs {
namespace {

std::chrono::nanoseconds cpu_time() {
  FILETIME created{}, ended{}, kernel{}, user{};
  if (!::GetThreadTimes(::GetCurrentThread(), &created, &ended, &kernel, &user))
    return {};
  const auto ticks = [](const FILETIME& time) {
    return (std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime;
  };
  return std::chrono::nanoseconds((ticks(kernel) + ticks(user)) * 100);
}

}  // namespace

struct Glancer::State {
  long above = 0;
  /// CPU time and switches of each thread, by the birth of its process.
  using Key = std::pair<std::uint64_t, long>;
  using Counters = std::pair<std::uint64_t, std::uint64_t>;
  std::map<Key, Counters> threads = {};
};

Glancer::Glancer(long above) : state_(new State{.above = above}) {}
Glancer::~Glancer() = default;

Glance Glancer::look() {
  const std::chrono::nanoseconds before = cpu_time();
  Glance glance;
  decltype(State::threads) now;
  for (const SeenProcess& one :
       below(all_processes(), state_->above, /*with_root=*/false))
    for (const ThreadSample& thread : one.sample.threads) {
      ++glance.seen;
      if (thread.state == 'R') glance.runs = true;
      now[{one.sample.start_ticks, thread.id}] = {thread.cpu_ns,
                                                  thread.switches};
    }
  glance.changed = glance.runs || now != state_->threads;
  state_->threads = std::move(now);
  glance.cost = cpu_time() - before;
  return glance;
}

}  // namespace poolbugs
