#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "platform/posix_compat.hpp"
#include "platform/signal_queue.hpp"

namespace poolbugs {

SignalQueue::SignalQueue(const sigset_t& set) : set_(set) {
  ::sigprocmask(SIG_BLOCK, &set_, &before_);
  signals_.reset(::signalfd(-1, &set_, SFD_NONBLOCK | SFD_CLOEXEC));
  queue_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!queue_ || !add(signals_.get())) queue_.reset();
}

SignalQueue::~SignalQueue() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

bool SignalQueue::add(int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  return ::epoll_ctl(queue_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

std::vector<int> SignalQueue::take() { return posix::take_pending(set_); }

}  // namespace poolbugs
