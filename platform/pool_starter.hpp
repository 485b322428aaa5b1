// Where the processes of a pool come from, and how their end is learned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/result.hpp"
#include "platform/spawn.hpp"
#include "platform/start_method.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::pool {

struct Ended {
  std::uint64_t worker;
  /// As waitpid() gives it; -1 if somebody else waited. Windows: exit code.
  std::int64_t status;
};

class Waiter;

/// Starts, kills and reaps workers, known by a number that is never used again
/// (a pid may be). All members but the constructor are called by one thread.
class Starter {
 public:
  virtual ~Starter() = default;  ///< kills and reaps what is left
  /// The worker serves `channel`; our own copy is closed.
  virtual Result<void> start(std::uint64_t worker, UniqueFd channel) = 0;
  virtual void kill(std::uint64_t worker) = 0;
  /// How it tells that ended() has something to say: by these, which are to be
  /// polled for reading, or by waking the waiter, which outlives it.
  [[nodiscard]] virtual std::vector<int> descriptors() const { return {}; }
  virtual void report_to(Waiter&) {}
  /// Workers that have ended since. An error: no more can be known or started.
  virtual Result<std::vector<Ended>> ended() = 0;
};

Result<std::unique_ptr<Starter>> make_starter(StartMethod method);

/// The words after argv[0] with which this program is started as a worker or as
/// the server, the pid of its parent after them; and the number of its channel.
inline constexpr std::string_view kWorkerWord = "--pool-worker";
inline constexpr std::string_view kServerWord = "--pool-server";
inline constexpr int kChannelNumber = 3;

/// A worker: runs tasks until the other side closes.
[[noreturn]] void serve_tasks(UniqueFd channel);

#ifdef _WIN32

/// Nothing is forked here, so nothing has to be closed.
struct ParentsOwn {
  explicit ParentsOwn(Descriptor) {}
};

/// Workers of one pool, by number. They are in a job of ours and end with us.
class Children {
 public:
  Children();   ///< out of line, as the next: Child is not known here
  ~Children();  ///< kills and waits
  Children(Children&&) = delete;

  Result<void> start(std::uint64_t number, const std::vector<std::string>& args,
                     Descriptor channel);
  void kill(std::uint64_t number);
  void report_to(Waiter& waiter) { waiter_ = &waiter; }
  std::vector<Ended> reap();  ///< those that have ended; does not block

 private:
  struct Child;
  UniqueFd job_ = {};
  Waiter* waiter_ = nullptr;
  std::vector<std::unique_ptr<Child>> children_;
};

/// What the pool ends a worker with that has closed its channel and stayed.
inline constexpr std::uint32_t kEndedByPool = 0x20504F4C;

#else

// The parts.
std::unique_ptr<Starter> make_spawn_starter();
Result<std::unique_ptr<Starter>> make_server_starter(StartMethod method);

/// The server process: forks a worker for each order that comes on `control`
/// and reports its end; kills them all when the other side is gone.
[[noreturn]] void serve_orders(UniqueFd control);

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

#endif

}  // namespace poolbugs::pool
