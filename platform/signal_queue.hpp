// Signals that are taken instead of delivered.
#pragma once

#include <signal.h>

#include <vector>

#include "platform/unique_fd.hpp"

namespace poolbugs {

/// Blocks the signals of the set while it lives; those that it has not taken
/// are delivered afterwards. Who sent one is not told: of what it sends itself,
/// macOS gives the process in whose context the kernel was (psignal_internal in
/// xnu's bsd/kern/kern_sig.c).
class SignalQueue {
 public:
  explicit SignalQueue(const sigset_t& set);
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  /// An epoll or a kqueue, readable when there may be some, or input on one of
  /// add(); negative if there is none, with errno.
  [[nodiscard]] int descriptor() const { return queue_.get(); }
  bool add(int descriptor);
  /// What has come since, each number once; never blocks.
  std::vector<int> take();
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t set_, before_{};
  UniqueFd signals_;  ///< of Linux
  UniqueFd queue_;
};

}  // namespace poolbugs
