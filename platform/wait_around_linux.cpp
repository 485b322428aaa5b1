// Who outside of a tree could wake it.
//
// The order matters: list of timers, processes outside, and last the tree
// itself once more. If every thread of it still sleeps, an alarm that expired
// or an outside process that woke somebody and let go meanwhile would have
// shown.
//
// What can still go wrong
// - An outside process is running while it is looked at. One that moves the
//   only outside descriptor of a file to a lower number (dup2, close) behind
//   our back, or passes it (SCM_RIGHTS, pidfd_getfd, fork and exit) from a
//   process not yet looked at to one that was, keeps it unseen. Such a file
//   was outside all the time; nobody does this by chance in these
//   milliseconds, but nothing forbids it.
// - In a sandbox with namespaces of its own who may not be looked into is
//   believed to hold nothing, unless the tree has a connection open: one that
//   sent an end by SCM_RIGHTS and hung up at once would be called stuck.
// - The kernel holds files for nobody's table: in a loop or network block
//   device, an eventfd given to KVM or vhost.
// - A process id that comes back within one look is taken for the old one.
// - Between an alarm's leaving its queue and its signal it shows nowhere
//   (__run_hrtimer() in kernel/time/hrtimer.c). If the hypervisor stops that
//   CPU just there for longer than the look at the processes outside takes,
//   the tree still sleeps at the end of it.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "platform/alarm_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/python_signals_linux.hpp"
#include "platform/unix_sockets_linux.hpp"
#include "platform/wait_groups_linux.hpp"
#include "platform/wait_mounts_linux.hpp"
#include "platform/wait_outside_linux.hpp"
#include "platform/wait_reader.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {
namespace {

/// Listings of processes, until there is no new one.
constexpr int kListings = 8;

std::string path_of(long process, const std::string& file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

std::optional<StatText> stat_of(const std::string& folder) {
  return parse_stat(proc::read_file((folder + "/stat").c_str()));
}

/// Those of the tree that are still the same process.
std::set<pid_t> inside(const Facts& facts) {
  std::set<pid_t> ids;
  for (const ProcessFacts& process : facts.processes) {
    const auto stat = stat_of("/proc/" + std::to_string(process.id));
    if (stat && stat->start_ticks == process.start_ticks)
      ids.insert(static_cast<pid_t>(process.id));
  }
  return ids;
}

/// Looks at everybody but the tree. Whether all that came up were seen.
bool look_at_others(const Facts& facts, const Interest& interest,
                    bool with_tracers, Held& held, int& unreadable) {
  std::set<pid_t> done = inside(facts);
  const pid_t ourselves = ::getpid();
  for (int listing = 0; listing < kListings; ++listing) {
    bool found_new = false, found_us = false;
    for (const pid_t process : proc::numbered_entries("/proc")) {
      found_us = found_us || process == ourselves;
      if (!done.insert(process).second) continue;
      found_new = true;
      if (look_into(process, interest, with_tracers, held) ==
          Looked::not_allowed)
        ++unreadable;
    }
    if (!found_us) return false;
    if (!found_new) return true;
  }
  return false;
}

void add_handed_down(const Tree& tree, const Interest& interest, Held& held) {
  for (const FileId& file : tree.handed_down) {
    for (const auto* files : {&interest.pipes, &interest.sockets})
      if (const auto found = files->find(file.inode); found != files->end())
        held.files.insert(found->second);
    if (interest.files.contains(file)) held.files.insert(file);
    const auto [first, last] = interest.mapped.equal_range(file.inode);
    for (auto it = first; it != last; ++it) held.files.insert(it->second);
    if (file.device == 0 && interest.eventfds.contains(file.inode))
      held.eventfds.insert(file.inode);
  }
}

/// In our namespace and those of the tree.
void add_pipes_of_the_kernel(const Facts& facts, const Interest& interest,
                             Held& held) {
  if (interest.pipes.empty()) return;
  std::set<std::uint64_t> pipes = autofs_pipes_of(::getpid());
  pipes.merge(autofs_pipes_of(facts.root));
  for (const auto& [inode, file] : interest.pipes)
    if (pipes.contains(inode)) held.files.insert(file);
}

/// Empty for a thread that has ended.
std::string maps_of(const ProcessFacts& process, const ThreadFacts& thread) {
  const std::string path =
      path_of(process.id, "task/" + std::to_string(thread.id) + "/maps");
  return proc::read_file(path.c_str(), std::size_t{1} << 26);
}

/// By a ring the kernel itself writes into any descriptor, and signals any
/// eventfd (io_submit(2), IOCB_FLAG_RESFD). The descriptor of an io_uring may
/// be closed while it is mapped; aio(7) has none.
void look_for_rings(Facts& facts) {
  for (ProcessFacts& process : facts.processes) {
    std::string maps;
    for (const ThreadFacts& thread : process.threads)
      if (maps.empty()) maps = maps_of(process, thread);
    const char* why = nullptr;
    if (maps.empty() && !process.threads.empty())
      why = "its mappings may not be read";
    else if (maps.find("anon_inode:[io_uring]") != std::string::npos)
      why = "uses io_uring";
    else if (maps.find("/[aio]") != std::string::npos)
      why = "has asynchronous I/O under way";
    if (why == nullptr) continue;
    process.modelled = false;
    process.why_not = why;
  }
}

bool traces_outside(const Facts& facts, const Held& held) {
  for (const ProcessFacts& process : facts.processes)
    for (const ThreadFacts& thread : process.threads)
      if (held.tracers.contains(thread.id)) return true;
  return false;
}

/// What the AF_UNIX sockets of the machine say of those who cannot be seen.
struct Sockets {
  bool hold = true;     ///< Surroundings::sockets_hold
  bool strange = true;  ///< some are of processes that may not be read
};

/// One of two without names, connected to each other (socketpair(2)): who has
/// neither end never sent anything to the other.
bool is_pair(const UnixSockets& all, std::uint64_t inode) {
  const UnixSocket& socket = all.at(inode);
  const auto peer = all.find(socket.peer);
  return socket.peer != 0 && peer != all.end() && socket.connected &&
         !socket.named && !peer->second.named && peer->second.peer == inode;
}

/// Whether what this socket has not read may have come from the tree: from a
/// sender that has hung up, that is of the tree, or that cannot be told.
bool may_hold(const UnixSocket& socket, const Held& held) {
  const auto stranger = [&](std::uint64_t sender) {
    return sender != 0 && held.sockets.contains(sender);
  };
  return (socket.unread && !stranger(socket.peer)) ||
         !std::ranges::all_of(socket.waiting, stranger);
}

Sockets judge_sockets(const std::optional<UnixSockets>& all,
                      const Interest& interest, const Held& held) {
  if (!all) return {};
  Sockets sockets{false, false};
  for (const auto& [inode, socket] : *all) {
    if (interest.sockets.contains(inode)) continue;
    sockets.hold = sockets.hold || may_hold(socket, held);
    const bool strange = !held.sockets.contains(inode);
    sockets.strange = sockets.strange || (strange && !is_pair(*all, inode));
  }
  return sockets;
}

/// A thread that was woken runs, or was put on a CPU once more.
bool sleeps_on(const ProcessFacts& process, const ThreadFacts& thread) {
  const std::string folder =
      path_of(process.id, "task/" + std::to_string(thread.id));
  const auto stat = stat_of(folder);
  if (!stat || stat->state != thread.state) return false;
  auto switches =
      parse_schedstat(proc::read_file((folder + "/schedstat").c_str()));
  if (!switches)
    switches =
        parse_status(proc::read_file((folder + "/status").c_str())).switches;
  return switches == thread.switches;
}

/// Who traces a thread may let it go on, or do anything in its name.
void read_tracers(Facts& facts) {
  for (ProcessFacts& process : facts.processes)
    for (ThreadFacts& thread : process.threads) {
      const std::string path =
          path_of(process.id, "task/" + std::to_string(thread.id) + "/status");
      thread.tracer = parse_status(proc::read_file(path.c_str())).tracer;
    }
}

/// Of whom SIGINT could interrupt, and where it counts, what it would do.
void read_interrupts(Facts& facts) {
  const bool counts = !facts.around.no_signals && !has_terminal(facts);
  for (ProcessFacts& process : facts.processes) {
    process.interrupt = Interrupt::acts;
    if (!counts || (process.caught & signal_bit(SIGINT)) == 0) continue;
    const auto sigint = stacks::python_sigint(process.id);
    if (sigint == stacks::PythonSigint::default_handler ||
        sigint == stacks::PythonSigint::runner)
      process.interrupt = Interrupt::raises;
  }
}

/// Processes that wait for a futex in memory of their own.
std::vector<long> memories_of(const Facts& facts) {
  std::vector<long> found;
  for (const ProcessFacts& process : facts.processes)
    for (const ThreadFacts& thread : process.threads)
      if (std::ranges::any_of(thread.futexes, [](const Futex& futex) {
            return futex.process_private || !futex.shared;
          })) {
        found.push_back(process.threads.front().id);
        break;
      }
  return found;
}

/// Private futexes belong to a memory: who else has it could wake them.
void forget_shared_memories(const Held& held, Facts& facts) {
  for (ProcessFacts& process : facts.processes)
    if (!process.threads.empty() &&
        held.memories.contains(process.threads.front().id))
      for (ThreadFacts& thread : process.threads) thread.futexes_known = false;
}

bool tree_sleeps_on(const Facts& facts) {
  for (const ProcessFacts& process : facts.processes)
    for (const ThreadFacts& thread : process.threads)
      if (thread.asleep && !sleeps_on(process, thread)) return false;
  return true;
}

}  // namespace

void look_around(const Tree& tree, Facts& facts) {
  Surroundings& around = facts.around;
  around.alarm = find_alarm(tree.alarms_before);
  Interest interest = interest_of(facts);
  // What nobody outside has mounted nobody outside has under another device.
  if (tree.own_namespaces && !interest.mapped.empty())
    interest.own_devices = private_tmpfs_of(facts.root);
  // First: what somebody takes from a socket meanwhile he then holds.
  const auto before = all_unix_sockets();
  if (before)
    for (const auto& [inode, socket] : *before)
      if (socket.bytes) interest.streams.insert(inode);
  // A tree that we started cannot have left one outside: who has a memory in
  // common with it was born in it, and those stay below us.
  if (!tree.ours) interest.memories = memories_of(facts);
  Held held;
  // In namespaces of their own they cannot name anybody else to trace.
  const bool with_tracers = !tree.own_namespaces;
  int unreadable = 0;
  const bool complete =
      look_at_others(facts, interest, with_tracers, held, unreadable);
  add_handed_down(tree, interest, held);
  add_pipes_of_the_kernel(facts, interest, held);
  around.held_outside.assign(held.files.begin(), held.files.end());
  around.eventfds_outside.assign(held.eventfds.begin(), held.eventfds.end());
  for (const auto& [process, number] : held.anonymous)
    around.anonymous_outside.push_back({static_cast<std::uint64_t>(process),
                                        static_cast<std::uint64_t>(number)});
  forget_shared_memories(held, facts);
  look_for_rings(facts);
  read_tracers(facts);
  read_interrupts(facts);
  const Sockets after = judge_sockets(all_unix_sockets(), interest, held);
  around.sockets_hold = held.descriptors_under_way || after.hold ||
                        judge_sockets(before, interest, held).hold;
  around.unreadable = unreadable;
  const bool all_there = complete && sees_all_processes();
  around.saw_everybody = all_there && unreadable == 0;
  around.strange_sockets = !all_there || after.strange;
  around.traces_outside = with_tracers && (!complete || !held.tracers_known ||
                                           traces_outside(facts, held));
  around.group_events = may_have_group_events(facts);
  // Another poolbugs may just have had its self-test.
  if (around.alarm == Surroundings::Alarm::pending_somewhere)
    around.alarm = find_alarm(tree.alarms_before);
  if (facts.disturbed.empty() && !tree_sleeps_on(facts))
    facts.disturbed = "a thread woke while others were looked at";
}

Result<void> can_exclude_alarms() {
  if (find_alarm() != Surroundings::Alarm::unknown) return {};
  return Error{
      "/proc/timer_list does not tell (root alone may read it, and "
      "containers mask it)"};
}

std::vector<FileId> own_files() {
  std::vector<FileId> files;
  for (const pid_t number : proc::numbered_entries("/proc/self/fd")) {
    struct stat info {};
    if (::fstat(number, &info) != 0) continue;  // that of the listing
    const int flags = ::fcntl(number, F_GETFD);
    const std::string path = "/proc/self/fdinfo/" + std::to_string(number);
    const bool anonymous = (info.st_mode & S_IFMT) == 0;
    // All epoll sets, timers and signalfds have one inode: ours would stand
    // for those of the tree.
    if (anonymous && flags >= 0 && (flags & FD_CLOEXEC) != 0) continue;
    files.push_back({info.st_dev, info.st_ino});
    if (const auto id = parse_fdinfo(proc::read_file(path.c_str())).eventfd)
      files.back() = {0, *id};
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace poolbugs::wait
