#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "platform/channel.hpp"
#include "platform/posix_compat.hpp"

namespace poolbugs {

Channel::Channel(UniqueFd end, std::size_t max_payload)
    : socket_(std::move(end)),
      max_payload_(max_payload),
      decoder_(max_payload) {}

Descriptor Channel::fd() const { return socket_.get(); }

bool Channel::queue(std::string_view payload) {
  if (payload.size() > max_payload_) return false;
  output_ += encode_frame(payload);
  return true;
}

bool Channel::has_output() const { return sent_ < output_.size(); }

Transfer Channel::send_some() { return flush(Wait::never, {}); }

Transfer Channel::send(std::string_view payload, Deadline deadline) {
  if (!queue(payload)) return Transfer::too_large;
  return flush(Wait::yes, deadline);
}

Transfer Channel::flush(Wait wait, Deadline deadline) {
  while (has_output()) {
    // Without a deadline the call itself blocks: a stack then says what for.
    int flags = posix::kNoSignal;
    if (wait == Wait::never || deadline) flags |= MSG_DONTWAIT;
    ssize_t count =
        ::send(fd(), output_.data() + sent_, output_.size() - sent_, flags);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (wait == Wait::never) return Transfer::again;
      if (Transfer state = wait_until_ready(POLLOUT, deadline);
          state != Transfer::done)
        return state;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Transfer::eof;
    } else if (errno != EINTR) {
      return fail("send", errno);
    }
  }
  output_.clear();
  sent_ = 0;
  return Transfer::done;
}

Received Channel::receive_with(Wait wait, Deadline deadline) {
  std::array<char, 1 << 16> bytes;
  while (true) {
    Received frame = decoder_.next();
    if (frame.state != Transfer::again) return frame;
    int flags = wait == Wait::never || deadline ? MSG_DONTWAIT : 0;
    ssize_t count = ::recv(fd(), bytes.data(), bytes.size(), flags);
    // ECONNRESET: the other side has closed with our bytes unread.
    if (count == 0 || (count < 0 && errno == ECONNRESET))
      return {decoder_.inside_a_frame() ? Transfer::truncated : Transfer::eof};
    if (count > 0) {
      decoder_.add({bytes.data(), static_cast<std::size_t>(count)});
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (wait == Wait::never) return {Transfer::again};
      if (Transfer state = wait_until_ready(POLLIN, deadline);
          state != Transfer::done)
        return {state};
    } else if (errno != EINTR) {
      return {fail("recv", errno)};
    }
  }
}

Transfer Channel::wait_until_ready(short events, Deadline deadline) {
  using namespace std::chrono;
  pollfd entry{fd(), events, 0};
  int timeout = -1;
  if (deadline) {
    auto left = ceil<milliseconds>(*deadline - steady_clock::now()).count();
    timeout = static_cast<int>(std::clamp<long>(left, 0, INT_MAX));
  }
  int ready = ::poll(&entry, 1, timeout);
  if (ready > 0 || (ready < 0 && errno == EINTR)) return Transfer::done;
  return ready == 0 ? Transfer::timed_out : fail("poll", errno);
}

Transfer Channel::fail(std::string_view call, int number) {
  error_ = errno_error(call, number);
  return Transfer::failed;
}

void Channel::shut_down() { ::shutdown(fd(), SHUT_RDWR); }

Result<ChannelPair> make_channel_pair() {
  std::array<int, 2> ends{};
  if (posix::socket_pair(SOCK_STREAM, ends.data()) != 0)
    return errno_error("socketpair", errno);
  return ChannelPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace poolbugs
