#include "harness/judge/wait_deeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>

namespace poolbugs::judge {
namespace {

using wait::Event;
using wait::Graph;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;
using wait::Thread;
using wait::Wait;

bool is_channel(ObjectKind kind) {
  return kind == ObjectKind::pipe || kind == ObjectKind::socket;
}

/// Those who owe the deed, in words.
struct Whom {
  std::string names;  ///< "worker 1", "it"; may be empty
  bool several = false;
  bool self = false;   ///< it owes it to itself
  bool alone = false;  ///< nobody else could do it
};

std::string that_can(const Whom& whom, const char* do_it) {
  if (whom.names.empty()) return "";
  return fmt::format(" that {}{} can {}", whom.alone ? "only " : "", whom.names,
                     do_it);
}

std::string that_hold(const Whom& whom) {
  if (whom.names.empty()) return "";
  if (whom.self) return fmt::format(" that {} holds itself", whom.names);
  return fmt::format(" that {} {}", whom.names,
                     whom.several ? "hold" : "holds");
}

/// After "reads from a pipe" or "data in a pipe".
std::string other_end(const Wait& wait, const Object& object,
                      const Whom& whom) {
  if (object.kind == ObjectKind::socket)
    return whom.names.empty()
               ? ""
               : fmt::format(" whose other end {}{} {}",
                             whom.alone ? "only " : "", whom.names,
                             whom.several ? "hold" : "holds");
  return that_can(whom,
                  wait.event == Event::readable ? "write to" : "read from");
}

/// What is waited for, as a noun.
std::string thing(const Wait& wait, const Object& object, const Whom& whom) {
  switch (object.kind) {
    case ObjectKind::pipe:
    case ObjectKind::socket:
      return fmt::format(
          "{} {}{}",
          wait.event == Event::readable ? "data in an empty" : "room in a full",
          object.kind == ObjectKind::pipe ? "pipe" : "socket",
          other_end(wait, object, whom));
    case ObjectKind::mutex:
    case ObjectKind::file_lock:
      return noun(object) + that_hold(whom);
    case ObjectKind::thread:
    case ObjectKind::child:
      return "the end of " + (whom.names.empty() ? noun(object) : whom.names);
    default:
      return noun(object);
  }
}

std::string predicate(const Graph& graph, const Thread& thread,
                      const Wait& wait, const Whom& whom) {
  const Object& object = object_of(graph, wait);
  if (waits_for_several(graph, thread))
    return "waits for any of several things, one of them " +
           thing(wait, object, whom);
  if (!is_channel(object.kind) || polls(thread))
    return "waits for " + thing(wait, object, whom);
  const char* channel = object.kind == ObjectKind::pipe ? "pipe" : "socket";
  return fmt::format("{} {}{}",
                     wait.event == Event::readable ? "reads from an empty"
                                                   : "writes to a full",
                     channel, other_end(wait, object, whom));
}

bool leads(const Graph& graph, const Wait& wait, int to) {
  const Object& object = object_of(graph, wait);
  return wait.certain &&
         (object.owner == Owner::thread
              ? object.owner_thread == to
              : contains(owing(object, wait), thread_at(graph, to).process));
}

/// Whom the end of a process or of one of several is asked of.
Whom children(const Graph& graph, Speaker& speaker, const Thread& thread) {
  const std::vector<int> all = children_waited_for(graph, thread);
  const std::string names = speaker.processes(all);
  return {all.size() > 1 ? "any of " + names : names, all.size() > 1, false,
          false};
}

}  // namespace

bool is_word(ObjectKind kind) {
  return kind == ObjectKind::mutex || kind == ObjectKind::lock ||
         kind == ObjectKind::futex;
}

std::string noun(const Object& object) {
  const std::string name = chosen_name(object.path);
  std::string where = object.shared ? " in shared memory" : "";
  if (object.shared && !name.empty()) where = fmt::format(" in {}", name);
  switch (object.kind) {
    case ObjectKind::pipe:
      return "a pipe";
    case ObjectKind::socket:
      return "a socket";
    case ObjectKind::listener:
      return "a connection";
    case ObjectKind::mutex:
      return "a lock" + where;
    case ObjectKind::lock:
      return "what looks like a lock" + where;
    case ObjectKind::futex:
      return "a wake-up (of a condition, semaphore or the like)" + where;
    case ObjectKind::thread:
      return "a thread";
    case ObjectKind::child:
      return "a process";
    case ObjectKind::eventfd:
      return "an event (eventfd)";
    case ObjectKind::timer:
      return "a timer that is not set";
    case ObjectKind::signal:
      return "a signal";
    case ObjectKind::file_lock:
      return name.empty() ? "a file lock" : "the file lock on " + name;
    case ObjectKind::semaphore:
      return "a semaphore (System V)";
    case ObjectKind::message_queue:
      return "a message queue";
  }
  return "";
}

std::string reads(const Thread& thread, ObjectKind kind) {
  return fmt::format("{} {}",
                     polls(thread) ? "waits for data in" : "reads from",
                     kind == ObjectKind::socket ? "a socket" : "a pipe");
}

bool waits_for_several(const Graph& graph, const Thread& thread) {
  // A socket is two objects, one for each direction, with the same holders.
  std::set<std::pair<std::vector<int>, std::vector<int>>> sockets;
  std::set<int> others;
  bool children_only = true;
  for (const Wait& wait : thread.waits) {
    const Object& object = object_of(graph, wait);
    children_only = children_only && object.kind == ObjectKind::child;
    if (object.kind == ObjectKind::socket)
      sockets.insert(std::minmax(object.readers, object.writers));
    else
      others.insert(wait.object);
  }
  return !children_only && sockets.size() + others.size() > 1;
}

std::vector<int> children_waited_for(const Graph& graph, const Thread& thread) {
  std::vector<int> found;
  for (const Wait& wait : thread.waits)
    if (object_of(graph, wait).kind == ObjectKind::child)
      found.push_back(object_of(graph, wait).process);
  return found;
}

const Wait& wait_for(const Graph& graph, int from, int to) {
  const Thread& thread = thread_at(graph, from);
  const Wait* found = nullptr;
  for (const Wait& one : thread.waits)
    if (leads(graph, one, to) &&
        (found == nullptr || object_of(graph, one).kind == ObjectKind::child))
      found = &one;
  return found == nullptr ? thread.waits.front() : *found;
}

std::string wants_of(const Graph& graph, Speaker& speaker, int from, int to) {
  const Thread& thread = thread_at(graph, from);
  const Wait& wait = wait_for(graph, from, to);
  if (!leads(graph, wait, to)) return wants(graph, speaker, from);
  const Object& object = object_of(graph, wait);
  if (object.kind == ObjectKind::child && !waits_for_several(graph, thread))
    return predicate(graph, thread, wait, children(graph, speaker, thread));
  const int next = thread_at(graph, to).process;
  Whom whom;
  const std::vector<int> all = owing(object, wait);
  whom.alone = all.size() == 1;
  const bool by_thread = object.owner == Owner::thread;
  if (by_thread && from == to)
    whom = {"it", false, true, true};
  else if (by_thread)
    whom.names = speaker.thread(to);
  else if (next != thread.process)
    whom.names = speaker.process(next);
  else if (threads_of(graph, next).size() == 1)
    whom = {"it", false, object.kind == ObjectKind::file_lock, whom.alone};
  else
    whom.names = "its own process";
  return predicate(graph, thread, wait, whom);
}

std::string wants(const Graph& graph, Speaker& speaker, int index) {
  const Thread& thread = thread_at(graph, index);
  const Wait& wait = thread.waits.front();
  const Object& object = object_of(graph, wait);
  if (object.kind == ObjectKind::child)
    return predicate(graph, thread, wait, children(graph, speaker, thread));
  if (object.owner == Owner::thread)
    return predicate(graph, thread, wait,
                     {speaker.thread(object.owner_thread), false, false, true});
  const std::vector<int> all = owing(object, wait);
  return predicate(
      graph, thread, wait,
      {speaker.processes(all), all.size() > 1, false, all.size() == 1});
}

std::string wants_bare(const Graph& graph, const Thread& thread) {
  const Wait& wait = thread.waits.front();
  const Object& object = object_of(graph, wait);
  return predicate(graph, thread, wait, {}) +
         (is_word(object.kind) && !object.shared ? " in its own memory" : "");
}

std::string wants_same(const Graph& graph, const Thread& thread) {
  const Wait& wait = thread.waits.front();
  const Object& object = object_of(graph, wait);
  const auto same = [&]() -> std::string {
    switch (object.kind) {
      case ObjectKind::pipe:
        return "pipe";
      case ObjectKind::socket:
        return "socket";
      case ObjectKind::mutex:
      case ObjectKind::lock:
        return "lock";
      case ObjectKind::file_lock:
        return "file lock";
      case ObjectKind::thread:
        return "thread's end";
      case ObjectKind::futex:
        return "wake-up";
      case ObjectKind::eventfd:
        return "event";
      case ObjectKind::timer:
        return "timer";
      case ObjectKind::listener:
        return "connection";
      case ObjectKind::semaphore:
        return "semaphore";
      case ObjectKind::message_queue:
        return "message queue";
      default:
        return "thing";
    }
  }();
  if (!is_channel(object.kind) || polls(thread)) {
    const bool data = is_channel(object.kind);
    return (data ? wait.event == Event::readable ? "waits for data in the same "
                                                 : "waits for room in the same "
                 : "waits for the same ") +
           same;
  }
  return (wait.event == Event::readable ? "reads from the same "
                                        : "writes to the same ") +
         same;
}

std::string in_plural(std::string predicate) {
  for (const std::string verb : {"waits", "reads", "writes"})
    if (predicate.starts_with(verb + ' ')) predicate.erase(verb.size() - 1, 1);
  return predicate;
}

std::vector<int> distances(const Graph& graph, const Edges& edges,
                           const std::vector<int>& core) {
  std::vector<std::vector<int>> waiters(graph.threads.size());
  for (std::size_t i = 0; i < graph.threads.size(); ++i)
    for (const Edge& edge : edges.from(static_cast<int>(i)))
      waiters[static_cast<std::size_t>(edge.to)].push_back(edge.from);
  std::vector<int> distance(graph.threads.size(),
                            std::numeric_limits<int>::max());
  std::deque<int> queue(core.begin(), core.end());
  for (const int one : core) distance[static_cast<std::size_t>(one)] = 0;
  for (; !queue.empty(); queue.pop_front()) {
    const auto at = static_cast<std::size_t>(queue.front());
    for (const int waiter : waiters[at]) {
      int& known = distance[static_cast<std::size_t>(waiter)];
      if (known != std::numeric_limits<int>::max()) continue;
      known = distance[at] + 1;
      queue.push_back(waiter);
    }
  }
  return distance;
}

}  // namespace poolbugs::judge
