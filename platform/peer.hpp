// A worker of another build of this program, for another CPU or system: a
// heterogeneous pool of one. The harness leaves its command in POOLBUGS_PEER
// where a case asks for one (the key `peer` of its manifest). Two pipes, its
// standard input and output, join the two: nothing else reaches a program under
// every emulator and Wine. Bytes stay as they are, also under Windows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/spawn.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

/// The parent's side. Every failure of a call prints the call and exits with
/// 70: a case has no better way to go on.
class Peer {
 public:
  Peer();  ///< starts it
  Peer(Peer&&) = delete;

  /// All of it, or as much as a peer took that is gone.
  void write(std::string_view bytes);
  void finish();  ///< the peer reads the end of what we write
  /// So many bytes, fewer only at the end of what it writes.
  std::string read(std::size_t count = std::string::npos);
  /// After finish(): its exit code, or minus the signal that it died of.
  std::int64_t wait();

 private:
  UniqueFd to_, from_;
  Child process_{};
};

/// Sends the message whole and returns all of the reply. A peer that ends
/// otherwise than with `end` (as Peer::wait() has it) did not do what the case
/// is about: exit code 70.
std::string ask_peer(std::string_view message, std::int64_t end = 0);

/// True in a program that another one started as its peer.
bool is_peer(int argc, char** argv);

/// In the peer: so many bytes, fewer only at the end of what the parent writes.
std::string from_parent(std::size_t count = std::string::npos);
/// In the peer: sends them at once.
void to_parent(std::string_view bytes);

}  // namespace poolbugs
