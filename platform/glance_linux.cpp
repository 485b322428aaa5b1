#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "platform/glance.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {
namespace {

using std::chrono::nanoseconds;

/// Threads that ran last time and are asked first.
constexpr std::size_t kLast = 8;

nanoseconds cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

struct Task {
  long process = 0, thread = 0;
};

/// /proc/P/task/T/FILE into `buffer`, with a 0 at its end; false if it is gone.
/// Longer texts are cut.
template <std::size_t size>
bool read_task(const Task& task, const char* file, char (&buffer)[size]) {
  char path[96];
  std::snprintf(path, sizeof path, "/proc/%ld/task/%ld/%s", task.process,
                task.thread, file);
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t got = fd ? ::read(fd.get(), buffer, size - 1) : -1;
  if (got < 0) return false;
  buffer[got] = '\0';
  return true;
}

/// On a CPU or in its queue. Not D: so waits the parent of a vfork as well.
bool runs(const Task& task) {
  char text[512];
  if (!read_task(task, "stat", text)) return false;
  const char* name_end = std::strrchr(text, ')');
  return name_end != nullptr && name_end[2] == 'R';
}

std::vector<long> threads_of(long process) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%ld/task", process);
  std::vector<long> threads;
  DIR* folder = ::opendir(path);
  if (folder == nullptr) return threads;
  while (const dirent* entry = ::readdir(folder))
    if (entry->d_name[0] != '.') threads.push_back(std::atol(entry->d_name));
  ::closedir(folder);
  return threads;
}

}  // namespace

struct Glancer::State {
  long above = 0;
  std::vector<Task> last = {};
  struct Seen {
    unsigned long long ran = 0, switches = 0;
    unsigned round = 0;
  };
  std::unordered_map<long, Seen> seen = {};  ///< by thread
  unsigned round = 0;

  bool someone_ran_last();
  bool look_below(long process, Glance& glance);
  bool look_at(const Task& task, Glance& glance);
};

Glancer::Glancer(long above) : state_(new State{.above = above}) {}
Glancer::~Glancer() = default;

Glance Glancer::look() {
  State& state = *state_;
  const nanoseconds before = cpu_time();
  Glance glance;
  ++state.round;
  glance.runs = state.someone_ran_last();
  if (glance.runs) {
    glance.seen = 1;
  } else {
    glance.runs = state.look_below(state.above, glance);
    // Only a round that came to its end has seen who is gone.
    if (!glance.runs && std::erase_if(state.seen, [&](const auto& item) {
                          return item.second.round != state.round;
                        }) > 0)
      glance.changed = true;
  }
  glance.changed = glance.changed || glance.runs;
  glance.cost = cpu_time() - before;
  return glance;
}

bool Glancer::State::someone_ran_last() {
  for (auto it = last.begin(); it != last.end(); it = last.erase(it)) {
    if (!runs(*it)) continue;
    last.erase(last.begin(), it);
    return true;
  }
  return false;
}

/// True as soon as somebody runs; otherwise everybody was seen.
bool Glancer::State::look_below(long process, Glance& glance) {
  std::vector<long> children;
  for (const long thread : threads_of(process)) {
    const Task task{process, thread};
    if (process != above && look_at(task, glance)) return true;
    char text[4096];
    if (!read_task(task, "children", text)) continue;
    // More than fit are left out: a tree of hundreds is not at rest because
    // some of it is, and the closer look sees them all.
    char* at = text;
    for (char* end = at;; at = end) {
      const long child = std::strtol(at, &end, 10);
      if (end == at || *end != ' ') break;  // the end, or cut there
      children.push_back(child);
    }
  }
  // The youngest are the likeliest to work.
  for (auto child = children.rbegin(); child != children.rend(); ++child)
    if (look_below(*child, glance)) return true;
  return false;
}

bool Glancer::State::look_at(const Task& task, Glance& glance) {
  ++glance.seen;
  // Time on a CPU, time waiting for one, times put on one
  // (Documentation/scheduler/sched-stats.rst).
  char text[128];
  Seen now{.round = round};
  unsigned long long waited = 0;
  if (read_task(task, "schedstat", text))
    std::sscanf(text, "%llu %llu %llu", &now.ran, &waited, &now.switches);
  const auto [entry, is_new] = seen.try_emplace(task.thread, now);
  Seen& then = entry->second;
  const bool ran = is_new || then.ran != now.ran ||
                   then.switches != now.switches || now.switches == 0;
  then = now;
  if (!ran) return false;
  // A kernel without these counters has zeros: then only the state speaks.
  glance.changed = glance.changed || is_new || now.switches != 0;
  if (!runs(task)) return false;
  last.insert(last.begin(), task);
  if (last.size() > kLast) last.pop_back();
  return true;
}

}  // namespace poolbugs
