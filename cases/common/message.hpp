// One message to one plain worker and its reply: the shortest way over a
// process boundary, for cases that are about what is in the message.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "platform/channel.hpp"
#include "platform/worker.hpp"

namespace poolbugs {

namespace message_detail {

[[noreturn]] inline void give_up(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::exit(70);
}

/// The worker's end of the connection.
inline Channel& to_parent() {
  static Channel channel{UniqueFd(inherited(3))};
  return channel;
}

}  // namespace message_detail

/// In the worker: the whole message of send_to_worker().
inline std::string received() {
  Received message = message_detail::to_parent().receive();
  if (message.state != Transfer::done)
    message_detail::give_up("received: " +
                            std::string(to_string(message.state)));
  return std::move(message.payload);
}

/// In the worker: sends (a part of) what send_to_worker() returns.
inline void reply(std::string_view text) {
  if (const Transfer sent = message_detail::to_parent().send(text);
      sent != Transfer::done)
    message_detail::give_up("reply: " + std::string(to_string(sent)));
}

/// Starts a worker that runs `work`, sends it the message, waits for its end
/// and returns its replies, one after the other. A worker that ends otherwise
/// than with `end` (as wait_for() has it) did not do what the case is about:
/// exit code 70.
inline std::string send_to_worker(StartMethod method, char** argv,
                                  int (*work)(), std::string_view message,
                                  std::int64_t end = 0) {
  Result<ChannelPair> ends = make_channel_pair();
  if (!ends) message_detail::give_up(ends.error().text);
  const Child worker = start_worker(method, argv, work, {ends->theirs.get()});
  ends->theirs.reset();
  Channel channel(std::move(ends->ours));
  // A worker that died does not take it: its exit status tells.
  channel.send(message);
  std::string text;
  for (Received part; (part = channel.receive()).state == Transfer::done;)
    text += part.payload;
  if (const std::int64_t ended = wait_for(worker); ended != end)
    message_detail::give_up("the worker ended with " + std::to_string(ended));
  return text;
}

}  // namespace poolbugs
