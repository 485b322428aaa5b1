#include <cstdio>

#include "platform/channel.hpp"
#include "platform/pool.hpp"
#include "platform/pool_starter.hpp"
#include "platform/pool_wire.hpp"
#include "platform/worker_exit.hpp"

namespace poolbugs::pool {
namespace {

Transfer answer(Channel& channel, const Reply& reply) {
  Transfer sent = channel.send(encode(reply));
  if (sent != Transfer::too_large) return sent;
  return channel.send(
      encode(Reply{Reply::exception, "poolbugs::pool::TooLarge",
                   "the result is over the limit of " +
                       std::to_string(kMaxPayload) + " bytes"}));
}

}  // namespace

bool is_worker(int argc, char** argv) {
  return argc == 3 && (argv[1] == kWorkerWord || argv[1] == kServerWord);
}

void serve_tasks(UniqueFd socket) {
  Channel channel(std::move(socket));
  Transfer sent = answer(channel, {});
  while (sent == Transfer::done) {
    Received message = channel.receive();
    // Cut short: the parent died while it wrote.
    if (message.state == Transfer::eof || message.state == Transfer::truncated)
      break;
    std::optional<Request> request;
    if (message.state == Transfer::done)
      request = decode_request(message.payload);
    if (!request) {
      std::fprintf(stderr, "pool worker: a request is %s\n",
                   std::string(to_string(message.state)).c_str());
      leave_worker(70);
    }
    Reply reply = run_task(*request);
    std::fflush(stdout);
    sent = answer(channel, reply);
  }
  leave_worker(0);
}

}  // namespace poolbugs::pool
