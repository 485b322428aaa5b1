// The parts of read_facts() on Linux: what is known of a process and a thread
// while a tree is being read, and the readers of each kind of fact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/unique_fd.hpp"
#include "platform/wait_facts.hpp"
#include "platform/wait_file_reader_linux.hpp"
#include "platform/wait_reader.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {

/// Whether an error of a file below /proc/PID means that we lack the rights,
/// or that the process is gone.
bool means_denied(int error);
bool means_gone(int error);

/// /proc/PID/task, open.
UniqueFd open_tasks(long process);

struct ThreadReading {
  ThreadFacts facts;
  CallText call;
  bool counted_by_status = false;  ///< `switches` are from there
  // Of the first reading, for the second.
  KeptFile call_file, stat_file, times_file, children_file;
};

enum class Reading {
  asleep,
  left,      ///< has exited: a zombie
  gone,      ///< not there any more
  denied,    ///< we lack the rights; state, name and start are known
  runs,      ///< or is held by a tracer; state, name and start are known
  not_read,  ///< for another reason
};

/// The first reading of thread `facts.id`. `quick`: nothing but its stat.
Reading read_thread(FileReader& files, int tasks, bool quick,
                    ThreadReading& thread, StatText& stat);

/// The second one: still asleep, in the same sleep, in a process with so many
/// threads.
bool sleeps_on(FileReader& files, int tasks, ThreadReading& before,
               long threads);

struct ProcessReading {
  ProcessFacts facts;  ///< `threads` is filled at the end, from here:
  std::vector<ThreadReading> threads;
  /// A living thread: the tables of a process whose main thread left are
  /// found below its other threads only. 0: none.
  long speaker = 0;
  std::vector<long> tasks;  ///< as listed, with those that left
  /// Those that left, and when they started.
  std::vector<std::pair<long, std::uint64_t>> left;
  std::vector<long> children;  ///< as listed
  bool main_lives = false;

  /// "/proc/PID/task/SPEAKER/FILE".
  [[nodiscard]] std::string path(const char* file) const;
  void not_readable(const char* why);
  void not_modelled(const char* why);
};

/// Whether it makes sense to read more of it.
bool is_open(const ProcessReading& process);

/// ELF class, namespaces, timers, one table for all threads.
void read_process(FileReader& files, ProcessReading& process);

/// Open descriptors without what is asked of sockets.
void read_descriptors(FileReader& files, ProcessReading& process);

/// Peers of sockets, and the time-outs of those that threads wait on.
void read_sockets(std::vector<ProcessReading*>& tree);

/// Of forked processes that wait for a futex of their own: who forked them, and
/// what their parents have at its address.
void read_parents(std::vector<ProcessReading*>& tree);

/// What the calls of the threads refer to in memory, and mappings.
void read_memory(FileReader& files, std::vector<ProcessReading*>& tree);

/// A descriptor of another process, ours to close; empty if it may not be had.
UniqueFd open_process(const ProcessReading& process);
UniqueFd take_descriptor(const UniqueFd& process, int number);

/// kcmp(2) says that both are the same.
bool same_resource(long thread, long other, int kind);

}  // namespace poolbugs::wait
