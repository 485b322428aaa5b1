#include <sys/event.h>

#include "platform/posix_compat.hpp"
#include "platform/signal_queue.hpp"

namespace poolbugs {

SignalQueue::SignalQueue(const sigset_t& set) : set_(set) {
  ::sigprocmask(SIG_BLOCK, &set_, &before_);
  UniqueFd queue(::kqueue());
  if (!queue || !posix::close_on_exec(queue.get())) return;
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&set_, number) != 1) continue;
    struct kevent change {};
    EV_SET(&change, number, EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
    if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0) return;
  }
  queue_ = std::move(queue);
}

SignalQueue::~SignalQueue() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

bool SignalQueue::add(int descriptor) {
  struct kevent change {};
  EV_SET(&change, descriptor, EVFILT_READ, EV_ADD, 0, 0, nullptr);
  return ::kevent(queue_.get(), &change, 1, nullptr, 0, nullptr) == 0;
}

/// The queue only wakes: the signals themselves, blocked, are pending.
std::vector<int> SignalQueue::take() {
  struct kevent event {};
  const timespec now{};
  while (::kevent(queue_.get(), nullptr, 0, &event, 1, &now) > 0)
    if (event.filter != EVFILT_SIGNAL) break;  // stays readable
  return posix::take_pending(set_);
}

}  // namespace poolbugs
