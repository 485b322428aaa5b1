// Wait graphs by hand, short to write, for tests.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/judge/cause.hpp"
#include "platform/process_roles.hpp"
#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

/// Processes first, then threads, then objects, then waits.
class GraphBuilder {
 public:
  wait::Graph graph;

  int process(int parent = -1, bool forked = true) {
    wait::Process one;
    one.parent = parent;
    one.forked = forked && parent >= 0;
    one.name = "program";
    one.id = 1000 + static_cast<long>(graph.processes.size());
    graph.processes.push_back(one);
    std::vector<Kinship> kin;
    for (const wait::Process& each : graph.processes)
      kin.push_back({each.id, each.parent < 0 ? 0 : 1000 + each.parent});
    const std::vector<std::string> roles = role_names(kin);
    for (std::size_t i = 0; i < roles.size(); ++i)
      graph.processes[i].role = roles[i];
    return index(graph.processes.size() - 1);
  }

  int thread(int process, wait::Motion motion = wait::Motion::blocked,
             std::string why = "") {
    wait::Thread one;
    one.process = process;
    one.number = 1 + index(static_cast<std::size_t>(std::count_if(
                         graph.threads.begin(), graph.threads.end(),
                         [&](const wait::Thread& each) {
                           return each.process == process;
                         })));
    one.id = 2000 + static_cast<long>(graph.threads.size());
    one.motion = motion;
    one.why = std::move(why);
    graph.threads.push_back(one);
    return index(graph.threads.size() - 1);
  }

  /// A process with one thread: the thread. Use where process and thread
  /// have the same index: nothing else was made before.
  int single(int parent = -1, bool forked = true) {
    return thread(process(parent, forked));
  }

  int object(wait::ObjectKind kind, bool shared = false) {
    wait::Object one;
    one.kind = kind;
    one.shared = shared;
    graph.objects.push_back(one);
    return index(graph.objects.size() - 1);
  }

  int channel(std::vector<int> readers, std::vector<int> writers,
              wait::ObjectKind kind = wait::ObjectKind::pipe) {
    const int made = object(kind);
    at(made).readers = std::move(readers);
    at(made).writers = std::move(writers);
    return made;
  }

  /// A mutex that a thread holds.
  int lock(int owner, bool shared = false) {
    const int made = object(wait::ObjectKind::mutex, shared);
    at(made).owner = wait::Owner::thread;
    at(made).owner_thread = owner;
    return made;
  }

  /// A mutex whose owner is not there.
  int ownerless(wait::Owner owner) {
    const int made =
        object(wait::ObjectKind::mutex, owner == wait::Owner::gone);
    at(made).owner = owner;
    return made;
  }

  int file_lock(std::vector<int> owners, std::string path = "") {
    const int made = object(wait::ObjectKind::file_lock, true);
    at(made).owner = wait::Owner::process;
    at(made).owner_processes = std::move(owners);
    at(made).path = std::move(path);
    return made;
  }

  void reads(int thread, int channel) {
    call(thread, "read");
    add(thread,
        {channel, wait::Event::readable, at(channel).writers, {}, true});
  }
  void writes(int thread, int channel) {
    call(thread, "write");
    add(thread,
        {channel, wait::Event::writable, at(channel).readers, {}, true});
  }
  void locks(int thread, int lock) {
    const wait::Object& object = at(lock);
    call(thread, "futex");
    std::vector<int> who = object.owner_processes;
    if (who.empty()) who = can_reach(thread, object);
    add(thread, {lock,
                 wait::Event::unlocked,
                 who,
                 {},
                 object.owner != wait::Owner::unknown});
  }
  /// A condition, semaphore, signal: whoever reaches it can end the wait.
  void waits(int thread, int object) {
    call(thread, "futex");
    add(thread,
        {object, wait::Event::woken, can_reach(thread, at(object)), {}, false});
  }
  void waits_for_child(int thread, int child) {
    int made = -1;
    for (std::size_t i = 0; i < graph.objects.size(); ++i)
      if (graph.objects[i].kind == wait::ObjectKind::child &&
          graph.objects[i].process == child)
        made = index(i);
    if (made < 0) made = object(wait::ObjectKind::child);
    at(made).process = child;
    call(thread, "wait4");
    add(thread, {made, wait::Event::ended, {child}, {}, true});
  }
  /// pthread_join; -1 for a thread that is not there.
  void joins(int thread, int other) {
    const int made = object(wait::ObjectKind::thread);
    at(made).process = threads(thread).process;
    at(made).owner =
        other >= 0 ? wait::Owner::thread : wait::Owner::not_in_process;
    at(made).owner_thread = other;
    call(thread, "futex");
    add(thread,
        {made, wait::Event::ended, {threads(thread).process}, {}, true});
  }

  wait::Object& at(int object) {
    return graph.objects[static_cast<std::size_t>(object)];
  }
  wait::Thread& threads(int thread) {
    return graph.threads[static_cast<std::size_t>(thread)];
  }
  wait::Process& processes(int process) {
    return graph.processes[static_cast<std::size_t>(process)];
  }

  void add(int thread, wait::Wait wait) {
    threads(thread).waits.push_back(std::move(wait));
  }
  void call(int thread, const char* name) { threads(thread).call = name; }

 private:
  static int index(std::size_t i) { return static_cast<int>(i); }

  std::vector<int> can_reach(int thread, const wait::Object& object) {
    const bool own =
        !object.shared && (object.kind == wait::ObjectKind::mutex ||
                           object.kind == wait::ObjectKind::lock ||
                           object.kind == wait::ObjectKind::futex);
    if (own) return {threads(thread).process};
    std::vector<int> all;
    for (std::size_t i = 0; i < graph.processes.size(); ++i)
      all.push_back(index(i));
    return all;
  }
};

/// A parent and its workers, one thread each: process and thread have the
/// same index.
inline GraphBuilder pool(int workers, bool forked = true) {
  GraphBuilder built;
  built.single();
  for (int i = 0; i < workers; ++i) built.single(0, forked);
  return built;
}

/// One process.
inline GraphBuilder threads(int count) {
  GraphBuilder built;
  built.process();
  for (int i = 0; i < count; ++i) built.thread(0);
  return built;
}

/// What a reader is told of it.
inline std::vector<std::string> said(const GraphBuilder& built) {
  const wait::Verdict verdict = wait::decide(built.graph);
  return explain(built.graph, verdict, cause_of(built.graph, verdict));
}

}  // namespace poolbugs::judge
