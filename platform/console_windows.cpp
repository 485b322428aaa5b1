#include <signal.h>
#include <windows.h>

#include <atomic>
#include <cstdlib>

#include "platform/console.hpp"

namespace poolbugs {
namespace {

constexpr DWORD kStatusControlC = 0xC000013A;
/// For the runs to be ended, after the console was closed; the system ends us
/// then or sooner.
constexpr DWORD kLeave = 10'000;

HANDLE terminal_in() { return ::GetStdHandle(STD_INPUT_HANDLE); }
HANDLE terminal_out() { return ::GetStdHandle(STD_OUTPUT_HANDLE); }

bool is_terminal(HANDLE handle) {
  DWORD mode = 0;
  return is_descriptor(handle) && ::GetConsoleMode(handle, &mode) != 0;
}

/// What the thread that the system starts for each event works with. There is
/// one console, so there is one of these.
struct Arrived {
  HANDLE event = nullptr;  ///< a request waits
  HANDLE done = nullptr;   ///< nobody takes requests any more
  std::atomic<int> stop = 0;
};
Arrived arrived;

/// https://learn.microsoft.com/windows/console/handlerroutine
BOOL WINAPI handle_control(DWORD event) {
  const bool is_key = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
  arrived.stop = is_key ? SIGINT : SIGTERM;
  ::SetEvent(arrived.event);
  // At the return the system ends us if the console is gone.
  if (!is_key) ::WaitForSingleObject(arrived.done, kLeave);
  return TRUE;
}

void CALLBACK key_waits(void*, BOOLEAN) { ::SetEvent(arrived.event); }

/// Whether `t` was pressed; takes all other keys too.
bool take_keys() {
  bool pressed = false;
  DWORD waiting = 0;
  while (::GetNumberOfConsoleInputEvents(terminal_in(), &waiting) &&
         waiting > 0) {
    INPUT_RECORD record{};
    DWORD got = 0;
    if (!::ReadConsoleInputW(terminal_in(), &record, 1, &got) || got == 0)
      break;
    pressed = pressed || (record.EventType == KEY_EVENT &&
                          record.Event.KeyEvent.bKeyDown &&
                          record.Event.KeyEvent.uChar.UnicodeChar == L't');
  }
  return pressed;
}

}  // namespace

struct Console::State {
  UniqueFd event, done;
  bool keys = false;
  HANDLE key_wait = nullptr;
  std::optional<DWORD> out_mode;  ///< as it was

  void wait_for_key() {
    if (keys)
      ::RegisterWaitForSingleObject(&key_wait, terminal_in(), key_waits,
                                    nullptr, INFINITE, WT_EXECUTEONLYONCE);
  }
  void stop_waiting() {
    if (key_wait != nullptr) ::UnregisterWaitEx(key_wait, INVALID_HANDLE_VALUE);
    key_wait = nullptr;
  }
};

Console::Console() : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.event.reset(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  state.done.reset(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  if (!state.event || !state.done) return;
  arrived.event = state.event.get();
  arrived.done = state.done.get();
  arrived.stop = 0;
  ::SetConsoleCtrlHandler(handle_control, TRUE);
  if (!stdout_is_terminal()) return;
  DWORD mode = 0;
  ::GetConsoleMode(terminal_out(), &mode);
  state.out_mode = mode;
  ::SetConsoleMode(terminal_out(), mode | ENABLE_PROCESSED_OUTPUT |
                                       ENABLE_VIRTUAL_TERMINAL_PROCESSING);
  state.keys = is_terminal(terminal_in());
  state.wait_for_key();
}

Console::~Console() {
  State& state = *state_;
  state.stop_waiting();
  if (state.out_mode) ::SetConsoleMode(terminal_out(), *state.out_mode);
  if (!state.event || !state.done) return;
  ::SetEvent(state.done.get());
  ::SetConsoleCtrlHandler(handle_control, FALSE);
}

Descriptor Console::descriptor() const { return state_->event.get(); }

Console::Request Console::take() {
  Request request;
  if (!state_->event) return request;
  // First, so that what comes meanwhile sets it again.
  ::ResetEvent(state_->event.get());
  if (const int stop = arrived.stop.exchange(0); stop != 0) request.stop = stop;
  if (state_->keys) {
    state_->stop_waiting();
    request.status = take_keys();
    state_->wait_for_key();
  }
  return request;
}

bool stdout_is_terminal() { return is_terminal(terminal_out()); }

int terminal_width() {
  CONSOLE_SCREEN_BUFFER_INFO info{};
  if (!::GetConsoleScreenBufferInfo(terminal_out(), &info)) return 80;
  return info.srWindow.Right - info.srWindow.Left + 1;
}

void die_of_signal(int /*number*/) {
  ::TerminateProcess(::GetCurrentProcess(), kStatusControlC);
  std::_Exit(1);
}

}  // namespace poolbugs
