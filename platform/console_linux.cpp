#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/console.hpp"

namespace poolbugs {

struct Console::Saved {
  sigset_t mask{};
  termios terminal{};
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

Console::Console() : saved_(std::make_unique<Saved>()) {
  const sigset_t set = our_signals();
  ::sigprocmask(SIG_BLOCK, &set, &saved_->mask);
  signals_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (poll_ < 0 || signals_ < 0) return;
  add(poll_, signals_);
  // Only in the foreground: a background job that changes the terminal is
  // stopped (SIGTTOU).
  if (!stdout_is_terminal() || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
  if (::tcgetattr(STDIN_FILENO, &saved_->terminal) != 0) return;
  termios by_key = saved_->terminal;
  by_key.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  by_key.c_cc[VMIN] = 0;  // read(2) returns at once, if with nothing
  by_key.c_cc[VTIME] = 0;
  keys_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &by_key) == 0;
  if (keys_) add(poll_, STDIN_FILENO);
}

Console::~Console() {
  if (keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_->terminal);
  if (poll_ >= 0) ::close(poll_);
  if (signals_ >= 0) ::close(signals_);
  ::sigprocmask(SIG_SETMASK, &saved_->mask, nullptr);
}

Console::Request Console::take() {
  Request request;
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    if (number == SIGUSR1)
      request.status = true;
    else
      request.stop = number;
  }
  char key = 0;
  while (keys_ && ::read(STDIN_FILENO, &key, 1) == 1)
    if (key == 't') request.status = true;
  return request;
}

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

int terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

void die_of_signal(int number) {
  ::signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(number);
  std::_Exit(128 + number);
}

}  // namespace poolbugs
