// The pool's thread: hands out tasks, takes in results, notices deaths.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "platform/channel.hpp"
#include "platform/pool.hpp"
#include "platform/pool_starter.hpp"
#include "platform/pool_waiter.hpp"
#include "platform/pool_wire.hpp"

namespace poolbugs::pool {

struct Job {
  std::string task;
  std::string request;
  std::unique_ptr<detail::Completion> completion;
};

class Dispatcher {
 public:
  Dispatcher(Result<std::unique_ptr<Starter>> starter, int workers);
  ~Dispatcher() { stop(Stop::finish); }
  Dispatcher(Dispatcher&&) = delete;

  void add(Job job);
  enum class Stop { no, finish, terminate };
  /// Returns when the workers are gone and the thread has ended.
  void stop(Stop how);

 private:
  struct Worker {
    explicit Worker(UniqueFd socket) : channel(std::move(socket)) {}
    [[nodiscard]] bool idle() const { return ready && !deaf && !job; }

    Channel channel;
    ParentsOwn own{channel.fd()};
    bool ready = false;      ///< has said hello
    bool deaf = false;       ///< nothing can be read or sent any more
    std::string fault = {};  ///< why we killed it
    std::optional<Job> job = {};
  };
  using Workers = std::map<std::uint64_t, Worker>;

  // All below runs on the thread.
  void run();
  Stop take_orders();
  void start_missing();
  bool start_one();
  void assign();
  void wait_for_events(Deadline deadline);
  void read_from(std::uint64_t number, Worker& worker);
  bool take_reply(Worker& worker, const std::string& payload);
  void give_up_on(std::uint64_t number, Worker& worker, std::string fault);
  bool reap();
  void bury(const Ended& ended);
  void break_pool(const std::string& reason);
  void close_workers(Stop how);
  void fail_all(const std::string& reason);

  int wanted_;
  std::unique_ptr<Waiter> waiter_ = {};  // outlives the starter
  Result<std::unique_ptr<Starter>> starter_;
  Workers workers_ = {};
  std::uint64_t next_number_ = 1;
  std::deque<Job> queue_ = {};
  int idle_deaths_ = 0;  ///< in a row, since a task was finished
  bool started_ = false;
  std::optional<std::string> broken_ = {};

  std::mutex mutex_;  // of the two below
  std::vector<Job> incoming_ = {};
  Stop stop_ = Stop::no;

  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace poolbugs::pool
