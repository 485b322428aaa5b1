#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "platform/console.hpp"

namespace poolbugs {

struct Console::State {
  sigset_t mask{};     ///< as it was
  termios terminal{};  ///< likewise
  bool keys = false;   ///< the terminal's mode is changed
  UniqueFd poll, signals;
};

namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&set, number);
  return set;
}

void add(int poll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

Console::Console() : state_(std::make_unique<State>()) {
  State& state = *state_;
  const sigset_t set = our_signals();
  ::sigprocmask(SIG_BLOCK, &set, &state.mask);
  state.signals.reset(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  state.poll.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!state.poll || !state.signals) return;
  add(state.poll.get(), state.signals.get());
  // Only in the foreground: a background job that changes the terminal is
  // stopped (SIGTTOU).
  if (!stdout_is_terminal() || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
  if (::tcgetattr(STDIN_FILENO, &state.terminal) != 0) return;
  termios by_key = state.terminal;
  by_key.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  by_key.c_cc[VMIN] = 0;  // read(2) returns at once, if with nothing
  by_key.c_cc[VTIME] = 0;
  state.keys = ::tcsetattr(STDIN_FILENO, TCSANOW, &by_key) == 0;
  if (state.keys) add(state.poll.get(), STDIN_FILENO);
}

Console::~Console() {
  if (state_->keys) ::tcsetattr(STDIN_FILENO, TCSANOW, &state_->terminal);
  state_->poll.reset();
  state_->signals.reset();
  ::sigprocmask(SIG_SETMASK, &state_->mask, nullptr);
}

Descriptor Console::descriptor() const { return state_->poll.get(); }

Console::Request Console::take() {
  Request request;
  signalfd_siginfo info{};
  while (::read(state_->signals.get(), &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGUSR1)
      request.status = true;
    else
      request.stop = number;
  }
  char key = 0;
  while (state_->keys && ::read(STDIN_FILENO, &key, 1) == 1)
    if (key == 't') request.status = true;
  return request;
}

}  // namespace poolbugs
