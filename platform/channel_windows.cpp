#include <windows.h>

#include <algorithm>
#include <array>
#include <random>

#include "platform/channel.hpp"

namespace poolbugs {
namespace {

/// So many bytes may be under way in each direction before a writer waits, and
/// go into one write.
constexpr DWORD kBuffer = 1 << 16;

bool is_end(DWORD code) {
  return code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA ||
         code == ERROR_PIPE_NOT_CONNECTED;
}

/// One operation that goes on while we do something else.
class Operation {
 public:
  /// `started` is what ReadFile or WriteFile returned.
  void begun(BOOL started) {
    code_ = started ? ERROR_SUCCESS : ::GetLastError();
    under_way_ = started || code_ == ERROR_IO_PENDING;
  }
  [[nodiscard]] bool under_way() const { return under_way_; }
  /// Of an operation that could not be begun.
  [[nodiscard]] DWORD code() const { return code_; }
  [[nodiscard]] bool has_ended() const {
    return HasOverlappedIoCompleted(&overlapped);
  }
  /// False if `milliseconds` pass first.
  bool wait(DWORD milliseconds) {
    return has_ended() ||
           ::WaitForSingleObject(event_.get(), milliseconds) == WAIT_OBJECT_0;
  }
  /// Of one that has ended: how many bytes, and the error.
  DWORD finish(HANDLE pipe) {
    DWORD count = 0;
    code_ = ::GetOverlappedResult(pipe, &overlapped, &count, TRUE)
                ? ERROR_SUCCESS
                : ::GetLastError();
    under_way_ = false;
    return count;
  }
  void cancel(HANDLE pipe) {
    if (!under_way_) return;
    ::CancelIoEx(pipe, &overlapped);
    finish(pipe);  // until then the system may write to the buffer
  }
  OVERLAPPED* start() {
    overlapped = {};
    overlapped.hEvent = event_.get();
    return &overlapped;
  }

 private:
  OVERLAPPED overlapped{};
  UniqueFd event_{::CreateEventW(nullptr, TRUE, FALSE, nullptr)};
  bool under_way_ = false;
  DWORD code_ = ERROR_SUCCESS;
};

DWORD milliseconds_until(Deadline deadline) {
  using namespace std::chrono;
  if (!deadline) return INFINITE;
  const auto left = ceil<milliseconds>(*deadline - steady_clock::now()).count();
  return static_cast<DWORD>(std::clamp<long long>(left, 0, INFINITE - 1));
}

/// Nobody can guess it, and so be there before us.
std::wstring unique_name() {
  std::random_device random;
  std::wstring name = L"\\\\.\\pipe\\poolbugs";
  for (int i = 0; i < 4; ++i) name += L'.' + std::to_wstring(random());
  return name;
}

}  // namespace

struct Channel::Pipe {
  explicit Pipe(UniqueFd owned) : handle(std::move(owned)) {}
  ~Pipe() { close(); }
  Pipe(Pipe&&) = delete;

  void close() {
    read.cancel(handle.get());
    write.cancel(handle.get());
    handle.reset();
  }

  UniqueFd handle;
  Operation read;
  Operation write;
  std::array<char, kBuffer> incoming;
  std::string outgoing;  ///< what `write` is about
};

void Channel::ClosePipe::operator()(Pipe* pipe) const { delete pipe; }

Channel::Channel(UniqueFd end, std::size_t max_payload)
    : pipe_(new Pipe(std::move(end))),
      max_payload_(max_payload),
      decoder_(max_payload) {}

Descriptor Channel::fd() const { return pipe_->handle.get(); }

bool Channel::queue(std::string_view payload) {
  if (payload.size() > max_payload_) return false;
  output_ += encode_frame(payload);
  return true;
}

bool Channel::has_output() const {
  return sent_ < output_.size() || pipe_->write.under_way();
}

Transfer Channel::send_some() { return flush(Wait::never, {}); }

Transfer Channel::send(std::string_view payload, Deadline deadline) {
  if (!queue(payload)) return Transfer::too_large;
  return flush(Wait::yes, deadline);
}

Transfer Channel::flush(Wait wait, Deadline deadline) {
  Operation& write = pipe_->write;
  while (has_output()) {
    if (!write.under_way()) {
      pipe_->outgoing = output_.substr(sent_, kBuffer);
      write.begun(::WriteFile(fd(), pipe_->outgoing.data(),
                              static_cast<DWORD>(pipe_->outgoing.size()),
                              nullptr, write.start()));
      if (write.under_way()) sent_ += pipe_->outgoing.size();
    }
    if (write.under_way()) {
      if (!write.has_ended() && wait == Wait::never) return Transfer::again;
      if (!write.wait(milliseconds_until(deadline))) return Transfer::timed_out;
      write.finish(fd());
    }
    if (is_end(write.code())) return Transfer::eof;
    if (write.code() != ERROR_SUCCESS) {
      error_ = windows_error("WriteFile", write.code());
      return Transfer::failed;
    }
  }
  output_.clear();
  sent_ = 0;
  return Transfer::done;
}

Received Channel::receive_with(Wait wait, Deadline deadline) {
  Operation& read = pipe_->read;
  while (true) {
    Received frame = decoder_.next();
    if (frame.state != Transfer::again) return frame;
    DWORD count = 0;
    if (!read.under_way())
      read.begun(::ReadFile(fd(), pipe_->incoming.data(), kBuffer, nullptr,
                            read.start()));
    if (read.under_way()) {
      if (!read.has_ended() && wait == Wait::never) return {Transfer::again};
      if (!read.wait(milliseconds_until(deadline)))
        return {Transfer::timed_out};
      count = read.finish(fd());
    }
    if (is_end(read.code()))
      return {decoder_.inside_a_frame() ? Transfer::truncated : Transfer::eof};
    if (read.code() != ERROR_SUCCESS) {
      error_ = windows_error("ReadFile", read.code());
      return {Transfer::failed};
    }
    decoder_.add({pipe_->incoming.data(), count});
  }
}

void Channel::shut_down() { pipe_->close(); }

Result<ChannelPair> make_channel_pair() {
  const std::wstring name = unique_name();
  ChannelPair pair;
  pair.ours.reset(::CreateNamedPipeW(
      name.c_str(),
      PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT |
          PIPE_REJECT_REMOTE_CLIENTS,
      1, kBuffer, kBuffer, 0, nullptr));
  if (!pair.ours) return windows_error("CreateNamedPipe", ::GetLastError());
  // There is one instance: if this succeeds the other end is ours.
  pair.theirs.reset(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0,
                                  nullptr, OPEN_EXISTING, FILE_FLAG_OVERLAPPED,
                                  nullptr));
  if (!pair.theirs)
    return windows_error("CreateFile of a pipe", ::GetLastError());
  return pair;
}

}  // namespace poolbugs
