// Two readings of a whole tree that make one consistent picture of it.
//
// The argument. Each thread has a first reading at a and a second one at b,
// and slept from a to b (wait_threads_linux.cpp). All first readings come
// before all second ones, so there is an instant at which all slept, and what
// is read between the two was true then: who could have changed it slept.
//
// Nobody was missed. Suppose that some Y lived at that instant and was not
// seen, and look at the last round of listings of the first reading, which
// shows nothing new and comes after everyone seen had fallen asleep. Y is
// below some unseen child of someone seen, S. When a process dies its
// children go to another thread of its parent or to an *ancestor*
// (find_new_reaper() in kernel/exit.c), so S only ever moves up in the tree.
// Listing children from the bottom to the top, `above` last, therefore meets
// Y's ancestor or Y itself under S. A listing may skip somebody if the one
// listed before disappears meanwhile (proc(5), task/TID/children); then that
// one is missing when everything is listed again after the second reading,
// and the two readings do not agree.
#include <algorithm>
#include <map>
#include <tuple>

#include "platform/wait_listing_linux.hpp"
#include "platform/wait_reader.hpp"
#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t kForkNoExec = 0x40;  // PF_FORKNOEXEC, linux/sched.h
constexpr int kMostRounds = 20;

struct Node {
  bool member = false;  ///< part of the tree, not only its children
  ProcessReading reading;
  std::uint64_t listed = 0;  ///< its children, after so many first readings
};

class TreeReader {
 public:
  TreeReader(const Tree& tree, const Pollers& pollers)
      : tree_(tree), pollers_(pollers) {}

  Facts read() {
    first_readings();
    if (!quick_) {
      read_the_rest();
      second_readings();
    }
    return results();
  }

 private:
  bool is_poller(const ProcessReading& process, long thread) const {
    return pollers_.contains({process.facts.id, thread});
  }

  /// From here on nothing can be proved: only who there is counts.
  void disturb(const char* why) {
    if (facts_.disturbed.empty()) facts_.disturbed = why;
    quick_ = true;
  }

  void first_readings() {
    add(tree_.above, tree_.with_above);
    for (const long id : tree_.without) add(id, false);
    // From the top to the bottom, to find most of them.
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      list_threads(i);
      list_children(i);
    }
    for (int round = 0; !quick_; ++round) {
      if (round == kMostRounds) return disturb("processes come and go");
      if (!list_again()) return;
    }
  }

  /// From the bottom to the top; true if there was somebody new.
  bool list_again() {
    bool fresh = false;
    children_.new_round();
    for (std::size_t i = nodes_.size(); i-- > 0;)
      if (list_threads(i)) fresh = true;
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      // Nobody below the last one: its list is as good as new.
      const bool good = i + 1 == nodes_.size() && nodes_[i].listed == readings_;
      nodes_[i].listed = 0;
      if (!good && list_children(i)) fresh = true;
    }
    return fresh;
  }

  void add(long id, bool member) {
    const bool known = std::ranges::any_of(
        nodes_, [&](const Node& node) { return node.reading.facts.id == id; });
    if (known) return;
    Node node;
    node.member = member;
    node.reading.facts.id = id;
    nodes_.push_back(std::move(node));
  }

  /// Reads threads that are new; true if there are some.
  bool list_threads(std::size_t index) {
    Node& node = nodes_[index];
    ProcessReading& process = node.reading;
    if (!node.member) return false;
    auto listed = list_tasks(process.facts.id);
    if (listed.empty()) disturb("a process ended");
    if (listed == process.tasks) return false;
    if (!std::ranges::includes(listed, process.tasks))
      disturb("a thread ended");
    const UniqueFd tasks = open_tasks(process.facts.id);
    for (const long id : listed)
      if (!std::ranges::binary_search(process.tasks, id))
        read_first(tasks, process, id);
    process.tasks = std::move(listed);
    return true;
  }

  void read_first(const UniqueFd& tasks, ProcessReading& process, long id) {
    ++readings_;
    ThreadReading thread;
    thread.facts.id = id;
    StatText stat;
    const Reading reading =
        read_thread(files_, tasks.get(), quick_, thread, stat);
    switch (reading) {
      case Reading::gone:
        return disturb("a thread ended");
      case Reading::not_read:
        disturb("a thread could not be read");
        break;
      case Reading::runs:
        if (!is_poller(process, id))
          disturb(thread.facts.state == 't' ? "a thread is held by a tracer"
                                            : "a thread runs");
        break;
      case Reading::denied:
        process.not_readable("belongs to somebody else");
        break;
      case Reading::asleep:
        thread.facts.asleep = true;
        break;
      case Reading::left:
        break;
    }
    if (id == process.facts.id) fill(stat, process);
    if (reading == Reading::left) {
      process.left.push_back({id, thread.facts.start_ticks});
      return;
    }
    if (id == process.facts.id) process.main_lives = true;
    process.threads.push_back(std::move(thread));
  }

  static void fill(const StatText& stat, ProcessReading& process) {
    ProcessFacts& facts = process.facts;
    facts.parent = stat.parent;
    facts.start_ticks = stat.start_ticks;
    facts.name = stat.name;
    facts.forked = (stat.flags & kForkNoExec) != 0;
    facts.terminal = stat.terminal;
  }

  /// Adds children that are new; true if the list has changed.
  bool list_children(std::size_t index) {
    auto listed = nodes_[index].member
                      ? children_.of(files_, nodes_[index].reading)
                      : children_of_outsider(nodes_[index].reading.facts.id);
    if (!children_.sure()) disturb("processes come and go");
    nodes_[index].listed = readings_;
    auto& before = nodes_[index].reading.children;
    if (listed == before) return false;
    before = listed;
    for (const long id : listed)
      add(id, std::ranges::find(tree_.without, id) == tree_.without.end());
    return true;
  }

  /// One whose threads may run, and hand their children on when they end.
  std::vector<long> children_of_outsider(long id) {
    auto tasks = list_tasks(id);
    for (int i = 0; i < kMostRounds; ++i) {
      auto children = children_.of(files_, id, tasks);
      const auto again = list_tasks(id);
      if (again == tasks) return children;
      tasks = again;
    }
    disturb("threads come and go");
    return {};
  }

  void read_the_rest() {
    std::vector<ProcessReading*> tree;
    for (Node& node : nodes_) {
      ProcessReading& process = node.reading;
      if (!node.member) continue;
      process.facts.zombie = process.threads.empty();
      if (process.facts.zombie) continue;
      process.speaker = process.main_lives ? process.facts.id
                                           : process.threads.front().facts.id;
      tree.push_back(&process);
      if (is_open(process)) read_process(files_, process);
      if (is_open(process)) read_descriptors(files_, process);
    }
    read_sockets(tree);
    read_memory(files_, tree);
  }

  void second_readings() {
    for (Node& node : nodes_)
      if (node.member) read_second(node.reading);
    if (!quick_ && list_again()) disturb("processes or threads came or went");
  }

  void read_second(ProcessReading& process) {
    const UniqueFd tasks = open_tasks(process.facts.id);
    const auto count = static_cast<long>(process.tasks.size());
    for (ThreadReading& thread : process.threads) {
      if (!thread.facts.asleep) continue;
      thread.facts.asleep = sleeps_on(files_, tasks.get(), thread, count);
      if (!thread.facts.asleep && !is_poller(process, thread.facts.id))
        disturb("a thread ran meanwhile");
    }
    for (const auto& [id, start] : process.left) {
      ThreadReading again;
      again.facts.id = id;
      StatText stat;
      if (read_thread(files_, tasks.get(), true, again, stat) !=
              Reading::left ||
          again.facts.start_ticks != start)
        disturb("a process ended");
    }
  }

  Facts results() {
    for (Node& node : nodes_) {
      // One that vanished before it was read tells nothing.
      if (!node.member || node.reading.facts.name.empty()) continue;
      node.reading.facts.zombie = node.reading.threads.empty();
      facts_.processes.push_back(finish(node.reading));
    }
    sort_by_birth();
    for (ProcessFacts& process : facts_.processes)
      if (std::ranges::find(facts_.processes, process.parent,
                            &ProcessFacts::id) == facts_.processes.end())
        process.parent = 0;
    if (!facts_.processes.empty()) facts_.root = facts_.processes.front().id;
    facts_.around.ours = tree_.ours;
    facts_.around.own_namespaces = tree_.own_namespaces;
    facts_.around.no_signals = tree_.no_signals;
    return std::move(facts_);
  }

  /// Of those born in one tick parents come first: ids wrap around.
  void sort_by_birth() {
    std::map<long, long> parents;
    for (const ProcessFacts& one : facts_.processes)
      parents[one.id] = one.parent;
    const auto depth = [&](long id) {
      std::size_t steps = 0;
      for (auto at = parents.find(id);
           at != parents.end() && steps <= parents.size();
           at = parents.find(at->second))
        ++steps;
      return steps;
    };
    std::ranges::sort(facts_.processes, {}, [&](const ProcessFacts& one) {
      return std::tuple(one.start_ticks, depth(one.id), one.id);
    });
  }

  static ProcessFacts finish(ProcessReading& process) {
    const long main = process.facts.id;
    std::ranges::sort(process.threads, {}, [main](const ThreadReading& one) {
      const long id = one.facts.id;
      return std::tuple(one.facts.start_ticks, id != main, id);
    });
    for (ThreadReading& thread : process.threads)
      process.facts.threads.push_back(std::move(thread.facts));
    return std::move(process.facts);
  }

  const Tree& tree_;
  const Pollers& pollers_;
  FileReader files_;
  ChildLists children_;
  std::vector<Node> nodes_;  ///< parents before children
  std::uint64_t readings_ = 0;
  bool quick_ = false;
  Facts facts_;
};

}  // namespace

Facts read_facts(const Tree& tree, const Pollers& pollers) {
  return TreeReader(tree, pollers).read();
}

}  // namespace poolbugs::wait
