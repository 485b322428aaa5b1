// Signals that are taken instead of delivered: what signalfd(2) is on Linux.
#pragma once

#include <signal.h>

#include <vector>

#include "platform/unique_fd.hpp"

namespace poolbugs {

/// Blocks the signals of the set while it lives. Who sent one is not told: of
/// what it sends itself, macOS gives the process in whose context the kernel
/// was (psignal_internal in xnu's bsd/kern/kern_sig.c).
class SignalQueue {
 public:
  explicit SignalQueue(const sigset_t& set);
  ~SignalQueue();  ///< those that came too late have nobody to go to any more
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  /// A kqueue, readable when there may be some, or input on one of add().
  [[nodiscard]] int descriptor() const { return queue_.get(); }
  bool add(int descriptor);
  /// What has come since, each number once; never blocks.
  std::vector<int> take();
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t set_, before_{};
  UniqueFd queue_;
};

}  // namespace poolbugs
