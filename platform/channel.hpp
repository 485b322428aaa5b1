// A framed pipe between two processes: whole messages, or a reason why not.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/result.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

/// How a transfer ended. Only `again` and `timed_out` leave a channel that can
/// be used further: after the others the place of the next frame is unknown.
enum class Transfer {
  done,       ///< one whole frame came, or all that was queued is out
  again,      ///< no more without blocking
  timed_out,  ///< the deadline passed
  eof,        ///< the other side has closed, between two frames
  truncated,  ///< the other side has closed, inside a frame
  corrupt,    ///< these bytes are not a frame, or its CRC-32 does not fit
  too_large,  ///< a frame over the limit; for sending: nothing was sent
  failed,     ///< a system call failed: Channel::error()
};

std::string_view to_string(Transfer state);

struct Received {
  Transfer state = Transfer::again;
  std::string payload = {};
};

inline constexpr std::size_t kMaxPayload = std::size_t{256} << 20;

/// The bytes on the wire: "PBF1", then little-endian 32-bit numbers: the
/// payload's length, its CRC-32, the CRC-32 of the twelve bytes before; then
/// the payload. A payload over 4 GiB - 1 is the caller's bug.
std::string encode_frame(std::string_view payload);

/// Bytes in, frames out; no system calls.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t max_payload) : max_payload_(max_payload) {}
  void add(std::string_view bytes) { buffer_.append(bytes); }
  /// done, again, corrupt or too_large. Garbage is found at its first byte: it
  /// is not waited for until a header is full.
  Received next();
  [[nodiscard]] bool inside_a_frame() const { return begin_ < buffer_.size(); }

 private:
  std::size_t max_payload_;
  std::string buffer_ = {};
  std::size_t begin_ = 0;
};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

/// Owns one end of a connection that make_channel_pair() made: of a stream
/// socket, on Windows of a named pipe that is used overlapped. Signals: never
/// raises SIGPIPE, goes on after EINTR. Not thread-safe.
class Channel {
 public:
  explicit Channel(UniqueFd end, std::size_t max_payload = kMaxPayload);

  [[nodiscard]] Descriptor fd() const;
  /// The call and reason behind Transfer::failed.
  [[nodiscard]] const Error& error() const { return error_; }

  /// Adds a frame to the output; false if it is over the limit.
  bool queue(std::string_view payload);
  [[nodiscard]] bool has_output() const;
  /// Sends what can go without blocking: done, again, eof or failed.
  Transfer send_some();
  /// Takes in what is there without blocking.
  Received receive_some() { return receive_with(Wait::never, {}); }

  /// Sends one frame; blocks until it is out or the deadline has passed.
  Transfer send(std::string_view payload, Deadline deadline = {});
  /// Waits for one frame.
  Received receive(Deadline deadline = {}) {
    return receive_with(Wait::yes, deadline);
  }

  /// The other side reads EOF, however many processes hold this end. (Windows:
  /// closes it. No other process holds it unless it was given it: handles are
  /// inherited only from a list.)
  void shut_down();

 private:
  enum class Wait { never, yes };
  Transfer flush(Wait wait, Deadline deadline);
  Received receive_with(Wait wait, Deadline deadline);

#ifdef _WIN32
  struct Pipe;  // what must stay where it is while the system writes to it
  struct ClosePipe {
    void operator()(Pipe* pipe) const;
  };
  std::unique_ptr<Pipe, ClosePipe> pipe_;
#else
  Transfer wait_until_ready(short events, Deadline deadline);
  Transfer fail(std::string_view call, int number);

  UniqueFd socket_;
#endif
  std::size_t max_payload_;
  FrameDecoder decoder_;
  std::string output_ = {};
  std::size_t sent_ = 0;
  Error error_ = {};
};

/// The two ends of a new connection; a child inherits neither unless it is
/// given it.
struct ChannelPair {
  UniqueFd ours;
  UniqueFd theirs;
};

Result<ChannelPair> make_channel_pair();

}  // namespace poolbugs
