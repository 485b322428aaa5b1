// What the tests of channels share.
#pragma once

#include <gtest/gtest.h>

#include "platform/channel.hpp"

#ifdef _WIN32
#include <windows.h>
#else
#include <sys/socket.h>
#endif

namespace poolbugs {

struct Ends {
  Channel a;
  Channel b;
};

inline Ends make_ends(std::size_t limit = kMaxPayload) {
  Result<ChannelPair> pair = make_channel_pair();
  return {Channel(std::move(pair->ours), limit),
          Channel(std::move(pair->theirs), limit)};
}

/// Bytes that need not be a frame.
inline void send_raw(const Channel& channel, std::string_view bytes) {
#ifdef _WIN32
  const UniqueFd event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  OVERLAPPED overlapped{};
  overlapped.hEvent = event.get();
  DWORD sent = 0;
  ::WriteFile(channel.fd(), bytes.data(), static_cast<DWORD>(bytes.size()),
              nullptr, &overlapped);
  ASSERT_TRUE(::GetOverlappedResult(channel.fd(), &overlapped, &sent, TRUE));
  ASSERT_EQ(sent, bytes.size());
#else
  ASSERT_EQ(::send(channel.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
#endif
}

}  // namespace poolbugs
