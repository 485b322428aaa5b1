// AF_UNIX sockets of our network namespace, from sock_diag(7).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

namespace poolbugs::wait {

struct UnixSocket {
  bool stream = false;  ///< or seqpacket
  bool connected = false;
  bool named = false;
  std::uint64_t peer = 0;  ///< inode; 0: none
  /// Bytes that nobody has read yet, or connections that nobody accepted:
  /// descriptors may be among them.
  bool holds_something = false;
};

/// By inode; those of connections that nobody has accepted have none and are
/// together at 0.
using UnixSockets = std::map<std::uint64_t, UnixSocket>;

/// Those of these sockets that are AF_UNIX, and their peers; nothing if the
/// kernel does not answer.
std::optional<UnixSockets> look_up(const std::set<std::uint64_t>& inodes);

std::optional<UnixSockets> all_unix_sockets();

}  // namespace poolbugs::wait
