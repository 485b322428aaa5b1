// AF_UNIX sockets of our network namespace, from sock_diag(7).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace poolbugs::wait {

struct UnixSocket {
  bool stream = false;  ///< or seqpacket
  bool bytes = false;   ///< SOCK_STREAM: no message without a byte
  bool connected = false;
  bool named = false;
  bool listens = false;
  std::string path;  ///< as it was bound; "" without a name in a file system
  std::uint64_t peer = 0;  ///< inode; 0: none
  bool unread = false;     ///< holds bytes that nobody has read yet
  /// Of a listening one: who connected and was not accepted yet; 0: hung up.
  std::vector<std::uint64_t> waiting;
};

/// By inode. The kernel does not list the other ends of `waiting`.
using UnixSockets = std::map<std::uint64_t, UnixSocket>;

/// Those of these sockets that are AF_UNIX, and their peers; nothing if the
/// kernel does not answer.
std::optional<UnixSockets> look_up(const std::set<std::uint64_t>& inodes);

std::optional<UnixSockets> all_unix_sockets();

}  // namespace poolbugs::wait
