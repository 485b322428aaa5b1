// What the pool's thread waits for: orders, workers, and their ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "platform/channel.hpp"
#include "platform/pool_starter.hpp"

namespace poolbugs::pool {

class Waiter {
 public:
  virtual ~Waiter() = default;
  /// wait() returns, or will at once when it is called. Any thread may.
  virtual void wake() = 0;
  /// Takes in the wakes before: what they were about is looked at next.
  virtual void clear() = 0;

  struct Line {
    std::uint64_t worker;
    Channel* channel;
  };
  /// Waits until somebody wakes us, one of the starter's descriptors is ready,
  /// a channel has come on, or the deadline has passed. The workers of `lines`
  /// whose channels are to be tried: send_some() and receive_some(), until that
  /// says `again`. As many as you like.
  virtual std::vector<std::uint64_t> wait(const std::vector<Line>& lines,
                                          const Starter* starter,
                                          Deadline deadline) = 0;
};

Result<std::unique_ptr<Waiter>> make_waiter();

/// A thread that runs none of the program's signal handlers.
std::thread start_quiet_thread(std::function<void()> work);

}  // namespace poolbugs::pool
