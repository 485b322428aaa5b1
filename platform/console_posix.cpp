#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include "platform/console.hpp"
#include "platform/signal_queue.hpp"

namespace poolbugs {
namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1})
    sigaddset(&set, number);
  return set;
}

}  // namespace

struct Console::State {
  SignalQueue signals{our_signals()};
  termios terminal{};  ///< as it was
  bool keys = false;   ///< the terminal's mode is changed
};

Console::Console() : state_(std::make_unique<State>()) {
  State& state = *state_;
  if (state.signals.descriptor() < 0) return;
  // Only in the foreground: a background job that changes the terminal is
  // stopped (SIGTTOU).
  if (!stdout_is_terminal() || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return;
  if (::tcgetattr(STDIN_FILENO, &state.terminal) != 0) return;
  termios by_key = state.terminal;
  by_key.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  by_key.c_cc[VMIN] = 0;  // read(2) returns at once, if with nothing
  by_key.c_cc[VTIME] = 0;
  state.keys = ::tcsetattr(STDIN_FILENO, TCSANOW, &by_key) == 0;
  if (state.keys) state.signals.add(STDIN_FILENO);
}

Console::~Console() {
  if (state_->keys) ::tcsetattr(STDIN_FILENO, TCSANOW, &state_->terminal);
}

Descriptor Console::descriptor() const { return state_->signals.descriptor(); }

Console::Request Console::take() {
  Request request;
  for (const int number : state_->signals.take())
    if (number == SIGUSR1)
      request.status = true;
    else
      request.stop = number;
  char key = 0;
  while (state_->keys && ::read(STDIN_FILENO, &key, 1) == 1)
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
