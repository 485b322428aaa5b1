#include <signal.h>

#include <algorithm>

#include "platform/process_roles.hpp"
#include "platform/system_calls_linux.hpp"
#include "platform/wait_calls_linux.hpp"
#include "platform/wait_signals_linux.hpp"

namespace poolbugs::wait {
namespace {

std::vector<Process> name_processes(const Facts& facts) {
  std::vector<Kinship> kin;
  for (const ProcessFacts& process : facts.processes)
    kin.push_back({process.id, process.parent});
  const std::vector<std::string> roles = role_names(kin);
  std::vector<Process> processes;
  for (std::size_t i = 0; i < facts.processes.size(); ++i) {
    const ProcessFacts& seen = facts.processes[i];
    Process process;
    process.role = roles[i];
    process.name = seen.name;
    process.id = seen.id;
    process.forked = seen.forked;
    process.zombie = seen.zombie;
    for (std::size_t k = 0; k < facts.processes.size(); ++k)
      if (facts.processes[k].id == seen.parent)
        process.parent = static_cast<int>(k);
    processes.push_back(process);
  }
  return processes;
}

/// Why all threads of the process are free, or "": it was not seen well
/// enough, or something beside its threads acts in its name.
std::string whole_process_is_free(const ProcessFacts& process) {
  if (process.zombie && process.threads.empty()) return "";
  if (!process.readable || !process.modelled)
    return process.why_not.empty() ? "may not be looked into" : process.why_not;
  if (process.timers) return "has a POSIX timer";
  for (const Descriptor& one : process.descriptors) {
    if (one.signals) return "is sent signals about a descriptor";
    if (one.kind == FileKind::io_uring) return "uses io_uring";
  }
  return "";
}

/// Not all that it holds was seen: it may have an end of anything.
bool may_hold_unseen(const ProcessFacts& process) {
  if (process.zombie && process.threads.empty()) return false;
  return !process.readable || !process.modelled ||
         std::any_of(process.descriptors.begin(), process.descriptors.end(),
                     [](const Descriptor& one) {
                       return one.kind == FileKind::io_uring;
                     });
}

/// Why the thread is free whatever its call, or "". A tracer may let it go on
/// at any time, or end it when it ends itself (PTRACE_O_EXITKILL).
std::string is_free(const ThreadFacts& thread) {
  if (thread.state == 't' || thread.tracer != 0) return "is being traced";
  if (!thread.asleep) return "runs";
  return thread.elsewhere ? "sleeps, but not in its call" : "";
}

bool is_told_of_children(const ProcessFacts& process) {
  const std::uint64_t told = process.caught & signal_bit(SIGCHLD);
  return std::ranges::any_of(process.threads, [&](const ThreadFacts& thread) {
    return (told & ~thread.blocked) != 0;
  });
}

/// Who waits for what only its own process could write to hears of signals by
/// that (a self-pipe). If SIGCHLD has a handler, it waits for the end of a
/// child.
void add_ends_of_children(Objects& objects, int process,
                          std::vector<Wait>& waits) {
  const ProcessFacts& own =
      objects.facts().processes[static_cast<std::size_t>(process)];
  const bool by_itself = std::ranges::any_of(waits, [&](const Wait& wait) {
    const ObjectKind kind =
        objects.graph().objects[static_cast<std::size_t>(wait.object)].kind;
    const bool heard =
        kind == ObjectKind::eventfd ||
        (wait.event == Event::readable &&
         (kind == ObjectKind::pipe || kind == ObjectKind::socket));
    return heard && wait.threads.empty() &&
           std::ranges::all_of(wait.processes,
                               [&](int one) { return one == process; });
  });
  if (!by_itself || !is_told_of_children(own)) return;
  for (const int child : objects.living_children(process))
    waits.push_back(until_end_of(objects, child));
}

Thread model_thread(Objects& objects, const ThreadFacts& facts, int process,
                    const std::string& process_is_free, bool poller,
                    bool spinner) {
  Thread thread;
  thread.process = process;
  thread.id = facts.id;
  thread.pc = facts.pc;
  if (facts.call >= 0) {
    const char* name = call_name(facts.call);
    thread.call =
        name != nullptr ? name : "system call " + std::to_string(facts.call);
  }
  thread.why = process_is_free;
  if (!thread.why.empty()) return thread;
  if (facts.state == 'T') {
    thread.motion = Motion::stopped;
    thread.why = "is stopped";
    return thread;
  }
  if (poller || spinner) {
    thread.motion = Motion::poller;
    thread.spins = spinner;
    thread.why = spinner ? "burns CPU time" : "comes round again and again";
    return thread;
  }
  thread.why = is_free(facts);
  if (!thread.why.empty()) return thread;
  auto waits = model_call(objects, facts, process);
  if (!waits) {
    thread.why = waits.error().text;
    return thread;
  }
  thread.motion = Motion::blocked;
  thread.waits = std::move(*waits);
  thread.signals = model_signals(objects, facts, process, thread.waits);
  add_ends_of_children(objects, process, thread.waits);
  return thread;
}

/// Who lives has threads; those that nobody listed may do anything. Last: the
/// indices of the others are those of the facts.
void add_unseen_threads(const Facts& facts, Graph& graph) {
  for (std::size_t p = 0; p < facts.processes.size(); ++p) {
    const ProcessFacts& process = facts.processes[p];
    if (!process.threads.empty() || process.zombie) continue;
    Thread thread;
    thread.process = static_cast<int>(p);
    thread.why = whole_process_is_free(process);
    if (thread.why.empty()) thread.why = "has threads that were not seen";
    graph.threads.push_back(thread);
    graph.unseen = true;
  }
}

/// Somebody of the tree has a socket by which descriptors can leave it.
bool has_connection(const Facts& facts) {
  for (const ProcessFacts& process : facts.processes)
    for (const Descriptor& one : process.descriptors)
      if (one.kind == FileKind::socket && one.passes_descriptors &&
          !one.anonymous_pair && !one.listens_inside)
        return true;
  return false;
}

void add_assumptions(const Facts& facts, Objects& objects) {
  const Surroundings& around = facts.around;
  if (around.alarm != Surroundings::Alarm::none)
    objects.unless("an alarm is pending");
  // Somebody unseen may hold what he handed down to a tree that we found. One
  // that we started must have sent it, and needs a socket of his for that; in
  // namespaces of its own, a connection.
  const bool could_send =
      around.own_namespaces ? has_connection(facts) : around.strange_sockets;
  if (!around.saw_everybody && (!around.ours || could_send))
    objects.unless("a process that may not be looked into takes part");
  if (around.sockets_hold)
    objects.unless("descriptors are under way in a socket outside");
}

}  // namespace

Graph build_graph(const Facts& facts, const Pollers& pollers,
                  const Pollers& spinners) {
  Graph graph;
  graph.disturbed = facts.disturbed;
  // Whom it traces it may wait for like for a child (ptrace(2)).
  if (graph.disturbed.empty() && facts.around.traces_outside)
    graph.disturbed = "it traces a process outside of the tree";
  graph.no_signals = facts.around.no_signals;
  graph.processes = name_processes(facts);
  Objects objects(facts, graph);
  for (std::size_t p = 0; p < facts.processes.size(); ++p) {
    const ProcessFacts& process = facts.processes[p];
    const std::string why = whole_process_is_free(process);
    graph.unseen = graph.unseen || may_hold_unseen(process);
    int number = 0;
    for (const ThreadFacts& thread : process.threads) {
      graph.threads.push_back(
          model_thread(objects, thread, static_cast<int>(p), why,
                       pollers.contains({process.id, thread.id}),
                       spinners.contains({process.id, thread.id})));
      graph.threads.back().number = ++number;
    }
  }
  add_unseen_threads(facts, graph);
  add_assumptions(facts, objects);
  return graph;
}

}  // namespace poolbugs::wait
