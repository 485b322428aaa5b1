#include "harness/judge/hang.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace poolbugs::judge {
namespace {

using catalogue::Grade;
using run::Activity;

constexpr double kBusy = 0.5;   ///< of one CPU: it spins
constexpr double kIdle = 0.05;  ///< of one CPU: at most pollers came round
constexpr std::size_t kMaxThreadsNamed = 4;

std::string where(const run::ThreadSeen& seen) {
  const std::string who =
      seen.thread == 1
          ? seen.process
          : fmt::format("{}, thread {}", seen.process, seen.thread);
  if (seen.state == 'T') return fmt::format("{} is stopped", who);
  if (seen.state == 'Z') return fmt::format("{} is dead", who);
  if (seen.waits_in.empty()) return fmt::format("{} runs", who);
  return fmt::format("{} waits in {}", who, seen.waits_in);
}

bool anyone_spins(const run::Observation& seen) {
  return seen.examined != nullptr &&
         std::ranges::any_of(seen.examined->graph.threads,
                             &wait::Thread::spins);
}

}  // namespace

Grade grade_hang(const run::Observation& seen) {
  if (seen.end == run::End::proven) return Grade::proven;
  if (seen.end == run::End::quiescent)
    return anyone_spins(seen) ? Grade::spinning : Grade::quiescent;
  const Activity& last = seen.last;
  const bool moved = last.bytes_moved > 0 || last.births > 0;
  if (moved || last.seconds <= 0) return Grade::timeout;
  const double cpu = last.cpu_seconds / last.seconds;
  // On a busy machine a burner gets less, but wants no less.
  if (cpu >= kIdle && cpu + last.queue_seconds / last.seconds >= kBusy)
    return Grade::spinning;
  return cpu < kIdle ? Grade::quiescent : Grade::timeout;
}

std::vector<std::string> explain_hang(const run::Observation& seen,
                                      Grade grade) {
  std::vector<std::string> sentences;
  switch (grade) {
    case Grade::proven:
      sentences.emplace_back("No thread of it can ever run again.");
      break;
    case Grade::quiescent:
      sentences.emplace_back(
          "It did not end: nothing ran any more, and nobody moved a byte.");
      break;
    case Grade::spinning:
      sentences.emplace_back(
          "It did not end: it burnt CPU time, but moved nothing and started "
          "nobody.");
      break;
    case Grade::timeout:
      sentences.emplace_back(
          "It did not end in its time, though it was still doing something.");
      break;
  }
  std::vector<std::string> places;
  for (const run::ThreadSeen& thread : seen.threads) {
    if (thread.state == '?') continue;  // where it is the system does not tell
    if (places.size() == kMaxThreadsNamed) {
      places.emplace_back("and so on");
      break;
    }
    places.push_back(where(thread));
  }
  if (!places.empty())
    sentences.push_back(
        fmt::format("When it was ended: {}.", fmt::join(places, "; ")));
  return sentences;
}

}  // namespace poolbugs::judge
