// Where the processes of a pool come from, and how their end is learned.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "platform/result.hpp"
#include "platform/start_method.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::pool {

struct Ended {
  std::uint64_t worker;
  int status;  ///< as waitpid() gives it; -1 if somebody else waited
};

/// Starts, kills and reaps workers, known by a number that is never used again
/// (a pid may be). All members but the constructor are called by one thread.
class Starter {
 public:
  virtual ~Starter() = default;  ///< kills and reaps what is left
  /// The worker serves `channel`; our own copy is closed.
  virtual Result<void> start(std::uint64_t worker, UniqueFd channel) = 0;
  virtual void kill(std::uint64_t worker) = 0;
  /// To be polled for reading: then ended() has something to say.
  [[nodiscard]] virtual std::vector<int> descriptors() const = 0;
  /// Workers that have ended since. An error: no more can be known or started.
  virtual Result<std::vector<Ended>> ended() = 0;
};

Result<std::unique_ptr<Starter>> make_starter(StartMethod method);

// The parts.
std::unique_ptr<Starter> make_spawn_starter();
Result<std::unique_ptr<Starter>> make_server_starter(StartMethod method);

/// The server process: forks a worker for each order that comes on `control`
/// and reports its end; kills them all when the other side is gone.
[[noreturn]] void serve_orders(UniqueFd control);

/// A worker: runs tasks until the other side closes.
[[noreturn]] void serve_tasks(UniqueFd channel);

/// Marks a descriptor as the parent's alone while it lives: a server that is
/// forked for another pool closes it.
class ParentsOwn {
 public:
  explicit ParentsOwn(int fd);
  ~ParentsOwn();
  ParentsOwn(ParentsOwn&&) = delete;

  /// fork() of this process without those descriptors in the child.
  static pid_t fork_without_them();

 private:
  int fd_;
};

/// Children of this process, by number.
class Children {
 public:
  Result<void> add(std::uint64_t number, pid_t pid);
  void kill(std::uint64_t number);
  void kill_and_reap_all();
  [[nodiscard]] std::vector<int> descriptors() const;
  std::vector<Ended> reap();  ///< those that have ended; does not block
  void forget() { children_.clear(); }  ///< in a forked child

 private:
  struct Child {
    std::uint64_t number;
    pid_t pid;
    UniqueFd exit;
  };
  std::vector<Child> children_;
};

/// What server and starter say to each other, one packet each.
struct Order {
  enum Kind : std::int32_t { start, kill } kind;
  std::uint64_t worker;
};
struct Notice {
  enum Kind : std::int32_t { started, refused, ended } kind;
  std::int32_t value;  ///< refused: errno; ended: the wait status
  std::uint64_t worker;
};

}  // namespace poolbugs::pool
