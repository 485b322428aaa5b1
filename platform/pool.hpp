// A process pool: small, correct, and the remedy that cases point to.
//
//     int square(int x) { return x * x; }
//     const pool::Task square_task{"square", square};  // at namespace scope
//     int main(int argc, char** argv) {
//       if (pool::is_worker(argc, argv)) return pool::worker_main(argc, argv);
//       pool::Pool pool(StartMethod::spawn, argv, 2);
//       std::future<int> nine = pool.submit(square_task, 3);
//       return nine.get() == 9 ? 0 : 1;
//     }
//
// Where workers come from. None is forked from a process that has threads of
// the pool: a lock held by a thread that was not forked is what this corpus
// warns of.
//   fork        the constructor forks one child, which stays single-threaded
//               and forks every worker, the later replacements too. So all
//               workers are copies of this process as it was in the
//               constructor; threads that you started before are your own risk.
//   spawn       each worker is this program started again.
//   forkserver  this program, started again, forks the workers: they share
//               nothing with this process and start as fast as with fork.
// Windows has no fork: there a pool that is to use one of the other two is
// broken and says so.
//
// What ends how. A worker that dies (exit, signal) while it runs a task breaks
// that task's future with WorkerDied; it is replaced when there is work for
// another one, and queued tasks go on. Workers that die without a task, more
// than `workers` + 3 in a row with no task finished in between, break the pool
// (a program that dies at its start would be started for ever): then all
// futures, present and later, get PoolBroken. So they do when no worker can be
// started or the server process is gone; the constructor itself never fails.
// If this process dies, its workers end too; on Windows all that they have
// started as well, with the pool: they are in a job of its own.
//
// What travels: arguments and results as values, by Boost.Serialization's text
// archives; both must be default-constructible. What cannot be saved or loaded
// breaks that future only. Arguments are saved in submit(), results loaded on
// the pool's thread: code called there must neither block nor wait for futures.
// Standard output is flushed before a task's result is sent; the worker leaves
// with _exit.
#pragma once

#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "platform/pool_codec.hpp"
#include "platform/start_method.hpp"

namespace poolbugs::pool {

/// True in a process that a pool has started as a fresh image. main() begins
/// with the line of the example: without it the image would be a second parent.
bool is_worker(int argc, char** argv);
/// Runs tasks until the parent closes the pool. Does not return.
int worker_main(int argc, char** argv);

/// What a future of the pool throws, apart from what loading a result throws.
class PoolError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The task threw; so did saving its result or loading its arguments.
class RemoteError : public PoolError {
 public:
  RemoteError(std::string type_name, const std::string& what_it_said)
      : PoolError(what_it_said), type(std::move(type_name)) {}
  std::string type;  ///< "std::out_of_range"; what() is what it said
};

/// The task's worker is gone. what(): "the worker of task 'square' died:
/// exited with 3", or "… killed by SIGSEGV"; on Windows "… killed by
/// STATUS_ACCESS_VIOLATION".
class WorkerDied : public PoolError {
 public:
  WorkerDied(const std::string& text, std::int64_t exit_status,
             int signal_number)
      : PoolError(text), exit_code(exit_status), signal(signal_number) {}
  /// -1 if it did not exit. Windows: always one, of 32 bits, unsigned: of a
  /// crash the number of its exception (3221225477 is 0xC0000005).
  std::int64_t exit_code;
  int signal;  ///< 0 if no signal killed it; always on Windows
};

/// The pool cannot run tasks, or was terminated before this one ended.
class PoolBroken : public PoolError {
  using PoolError::PoolError;
};

/// A function that workers can run. Tasks are registered by name, so they must
/// be at namespace scope, where every process of the program creates them;
/// two of one name abort the program. Parameters that change their argument
/// (T&) make no sense across processes and do not compile.
template <class Signature>
class Task;

template <class R, class... P>
class Task<R(P...)> {
  static_assert(
      (... && !(std::is_lvalue_reference_v<P> &&
                !std::is_const_v<std::remove_reference_t<P>>)),
      "a task cannot change its caller's objects: take values or const&");

 public:
  Task(const char* name, R (*function)(P...)) : name_(name) {
    detail::register_task(name, run, reinterpret_cast<void (*)()>(function));
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  static std::string run(void (*erased)(), const std::string& arguments) {
    auto function = reinterpret_cast<R (*)(P...)>(erased);
    auto values = detail::load<std::decay_t<P>...>(arguments);
    auto call = [&](auto&... value) -> R {
      return function(std::forward<P>(value)...);
    };
    if constexpr (std::is_void_v<R>) {
      std::apply(call, values);
      return detail::save();
    } else {
      return detail::save(std::apply(call, values));
    }
  }

  std::string name_;
};

template <class R, class... P>
Task(const char*, R (*)(P...)) -> Task<R(P...)>;

class Dispatcher;

class Pool {
 public:
  Pool(StartMethod method, char** argv, int workers);
  /// Finishes all tasks, then ends and reaps the workers.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Any thread may submit. Never blocks, never throws for what the task or
  /// its arguments do: the future has it.
  template <class R, class... P, class... A>
  std::future<std::decay_t<R>> submit(const Task<R(P...)>& task, A&&... args) {
    static_assert(sizeof...(P) == sizeof...(A), "wrong number of arguments");
    auto completion = std::make_unique<detail::PromiseOf<std::decay_t<R>>>();
    auto future = completion->promise.get_future();
    try {
      const std::tuple<std::decay_t<P>...> values(std::forward<A>(args)...);
      std::string saved = std::apply(
          [](const auto&... value) { return detail::save(value...); }, values);
      enqueue(task.name(), std::move(saved), std::move(completion));
    } catch (...) {
      if (completion) completion->fail(std::current_exception());
    }
    return future;
  }

  /// Kills the workers. Tasks that have not ended get PoolBroken.
  void terminate();

 private:
  void enqueue(const std::string& task, std::string arguments,
               std::unique_ptr<detail::Completion> completion);

  std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace poolbugs::pool
