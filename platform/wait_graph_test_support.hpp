// Facts of trees that nobody read, for tests of what follows from them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::wait {

/// A tree that we started, read completely, with nothing unusual about it:
/// every process has one thread, which sleeps outside of any call.
class FactsBuilder {
 public:
  Facts facts;

  FactsBuilder() {
    facts.around.ours = true;
    facts.around.saw_everybody = true;
    facts.around.alarm = Surroundings::Alarm::none;
    facts.around.group_events = false;
    facts.around.sockets_hold = false;
    facts.around.strange_sockets = false;
  }

  /// Index. Ids are 100, 110, … and those inside a namespace 2, 12, …
  int process(int parent = -1) {
    ProcessFacts one;
    one.id = 100 + 10 * static_cast<long>(facts.processes.size());
    one.inner_id = one.id - 98;
    one.parent = parent < 0 ? 0 : at(parent).id;
    one.name = "program";
    one.forked = parent >= 0;
    one.timers = false;
    facts.processes.push_back(one);
    const int index = static_cast<int>(facts.processes.size()) - 1;
    thread(index);
    return index;
  }

  /// One more; its index in the process.
  int thread(int process) {
    ThreadFacts one;
    auto& threads = at(process).threads;
    one.id = at(process).id + static_cast<long>(threads.size());
    one.inner_id = at(process).inner_id + static_cast<long>(threads.size());
    one.state = 'S';
    one.asleep = true;
    threads.push_back(one);
    return static_cast<int>(threads.size()) - 1;
  }

  ProcessFacts& at(int process) {
    return facts.processes[static_cast<std::size_t>(process)];
  }
  ThreadFacts& thread_at(int process, int thread = 0) {
    return at(process).threads[static_cast<std::size_t>(thread)];
  }

  ThreadFacts& call(int process, long number,
                    std::array<std::uint64_t, 6> arguments = {},
                    int thread = 0) {
    ThreadFacts& one = thread_at(process, thread);
    one.call = number;
    one.arguments = arguments;
    return one;
  }

  Descriptor& open(int process, int number, FileKind kind, std::uint64_t inode,
                   bool reads = true, bool writes = true) {
    Descriptor one;
    one.number = number;
    one.kind = kind;
    one.file = {9, inode};
    one.reads = reads;
    one.writes = writes;
    at(process).descriptors.push_back(one);
    return at(process).descriptors.back();
  }
  Descriptor& read_end(int process, int number, std::uint64_t pipe) {
    return open(process, number, FileKind::pipe, pipe, true, false);
  }
  Descriptor& write_end(int process, int number, std::uint64_t pipe) {
    return open(process, number, FileKind::pipe, pipe, false, true);
  }
  /// One end of a pair, with neither time-out.
  Descriptor& pair_end(int process, int number, std::uint64_t inode,
                       std::uint64_t peer) {
    Descriptor& one = open(process, number, FileKind::socket, inode);
    one.anonymous_pair = true;
    one.peer = peer;
    one.receive_timed = one.send_timed = false;
    return one;
  }

  [[nodiscard]] Graph graph() const { return build_graph(facts, pollers); }

  /// "whole", "unless …", "but pollers", or why there is no proof.
  [[nodiscard]] std::string outcome() const {
    const Graph made = graph();
    const Verdict verdict = decide(made);
    switch (verdict.proof) {
      case Proof::none:
        return verdict.why_not;
      case Proof::but_pollers:
        return "but pollers";
      case Proof::but_signals:
        return "but signals";
      case Proof::conditional:
        break;
      case Proof::whole:
        return "whole";
    }
    std::string text = "unless";
    for (const std::string& one : made.unless) text += " " + one;
    return text;
  }

  Pollers pollers;
};

}  // namespace poolbugs::wait
