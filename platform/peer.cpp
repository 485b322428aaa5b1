#include "platform/peer.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "platform/pipe.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
namespace {

constexpr std::string_view kPeerFlag = "--peer";

[[noreturn]] void give_up(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  std::exit(70);
}

std::string read_from(Descriptor end, std::size_t count) {
  std::string text;
  while (text.size() < count) {
    const std::string part =
        read_some(end, std::min(kPipeBuffer, count - text.size()));
    if (part.empty()) break;
    text += part;
  }
  return text;
}

}  // namespace

Peer::Peer() {
  std::vector<std::string> words = command_in("POOLBUGS_PEER");
  if (words.empty())
    give_up(
        "POOLBUGS_PEER names no worker of another build; `poolbugs run` "
        "sets it");
  const std::string program = words.front();
  words.erase(words.begin());
  words.emplace_back(kPeerFlag);
  Pipe tasks = make_pipe();
  Pipe results = make_pipe();
  const Result<Child> started = spawn_process(
      program, words, {{tasks.read.get(), 0}, {results.write.get(), 1}});
  if (!started) give_up(started.error().text);
  process_ = *started;
  to_ = std::move(tasks.write);
  from_ = std::move(results.read);
#ifdef SIGPIPE
  std::signal(SIGPIPE, SIG_IGN);  // of a peer that is gone its end tells
#endif
}

void Peer::write(std::string_view bytes) { write_all(to_.get(), bytes); }

void Peer::finish() { to_.reset(); }

std::string Peer::read(std::size_t count) {
  return read_from(from_.get(), count);
}

std::int64_t Peer::wait() { return wait_for(process_); }

std::string ask_peer(std::string_view message, std::int64_t end) {
  Peer peer;
  peer.write(message);
  peer.finish();
  std::string reply = peer.read();
  const std::int64_t ended = peer.wait();
  if (ended != end) give_up("the peer ended with " + std::to_string(ended));
  return reply;
}

bool is_peer(int argc, char** argv) {
  return argc == 2 && argv[1] == kPeerFlag;
}

std::string from_parent(std::size_t count) {
  return read_from(inherited(0), count);
}

void to_parent(std::string_view bytes) {
  if (!write_all(inherited(1), bytes)) give_up("the parent is gone");
}

}  // namespace poolbugs
