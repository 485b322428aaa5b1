// Programs as people write and report them: services that only look stuck, real
// hangs, and what an ordinary hang is started by; each with what is right to
// say of it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace poolbugs::field {

/// From nothing to everything. Nobody may be told more than is true.
enum class Says {
  moves,            ///< nothing, or only under a condition
  part_by_signal,   ///< some threads go on only if somebody sends a signal
  part,             ///< some threads can never run again; others may move
  whole_by_signal,  ///< none goes on by itself, but a signal may let it
  whole,            ///< none can ever run again: proved, and ended
};

struct Program {
  std::string name;
  /// A word that begins with @ is a file of this folder, {name} becomes a name
  /// for shared memory, a semaphore or a queue.
  std::vector<std::string> command;
  /// Besides the command itself: executables, "root", "python:MODULE".
  std::vector<std::string> needs{};
};

/// What lets a healthy program go on, and comes from outside of it.
enum class Wake {
  terminate,     ///< SIGTERM
  interrupt,     ///< Ctrl-C, typed at its terminal
  stop,          ///< SIGSTOP, and then SIGCONT
  stop_child,    ///< the same to its child
  post,          ///< sem_post() of {name}
  message,       ///< mq_send() to {name}
  client,        ///< at the port that it told
  write_to_fifo  ///< that it made in its folder
};

struct Healthy {
  Program program;
  Wake wake;
  std::string says;  ///< when it goes on; before that "ready"
  /// What is right. It is never more than `whole_by_signal`.
  Says right = Says::whole_by_signal;
  /// A condition that is the truth about it: part of one of Graph::unless.
  std::string unless{};
  bool only_on_a_terminal = false;
};

struct Hang {
  Program program;
  Says right = Says::whole;
  std::string cause{};  ///< "": not held to one
  /// Of the threads of the core, the names of their processes, in order of the
  /// alphabet, "" if it is not held to one. Of a part: that of a process which
  /// must be stuck.
  std::string core{};
  /// What makes it hang comes from outside: a request to this socket.
  std::string request_to{};
  /// All threads of one of its processes wait in calls in which nobody can be
  /// asked for alarms (asking_calls_linux.cpp).
  bool needs_root = false;
  /// It waits for eventfds, to which the kernel may write where control groups
  /// of version 1 are.
  bool has_eventfds = false;
};

std::vector<Healthy> healthy();
std::vector<Hang> hangs();
/// The same small hang below what ordinarily starts programs.
std::vector<Hang> ordinary();

std::ostream& operator<<(std::ostream& out, Says says);
void PrintTo(const Hang& hang, std::ostream* out);

}  // namespace poolbugs::field
