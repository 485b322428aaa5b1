// Peers of AF_UNIX sockets, and socket time-outs, which show nowhere in /proc.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "platform/system_calls_linux.hpp"
#include "platform/unix_sockets_linux.hpp"
#include "platform/wait_mounts_linux.hpp"
#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

void name_peer(const UnixSockets& sockets, Descriptor& one) {
  const auto self = sockets.find(one.file.inode);
  one.passes_descriptors = self != sockets.end();
  if (self == sockets.end() || self->second.peer == 0) return;
  const auto peer = sockets.find(self->second.peer);
  if (peer == sockets.end()) return;
  const auto good = [](const UnixSocket& socket, std::uint64_t other) {
    return socket.stream && socket.connected && !socket.named &&
           socket.peer == other;
  };
  if (!good(self->second, peer->first) || !good(peer->second, self->first))
    return;
  one.anonymous_pair = true;
  one.peer = peer->first;
}

/// arbitrary_address() of Lib/multiprocessing/connection.py, below a folder of
/// get_temp_dir() of util.py that nobody else may enter.
bool is_private_name(std::string_view path) {
  const std::size_t folder = path.find("/pymp-");
  return folder != path.npos && path.find("/listener-", folder) != path.npos;
}

/// Who could connect to a listening socket.
void name_listener(const UnixSockets& sockets, const ProcessReading& process,
                   Descriptor& one) {
  const auto self = sockets.find(one.file.inode);
  if (self == sockets.end() || !self->second.listens ||
      !self->second.path.starts_with('/'))
    return;
  one.listens_privately = is_private_name(self->second.path);
  struct stat place {};
  if (::lstat((process.path("root") + self->second.path).c_str(), &place) != 0)
    return;
  one.listens_inside =
      private_tmpfs_of(process.facts.id).contains(place.st_dev);
}

std::uint64_t network_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_timed(int socket, int option) {
  timeval limit{};
  socklen_t size = sizeof limit;
  if (::getsockopt(socket, SOL_SOCKET, option, &limit, &size) != 0) return true;
  return limit.tv_sec != 0 || limit.tv_usec != 0;
}

void read_limits(ProcessReading& process) {
  std::set<int> waited_on;
  for (const ThreadReading& thread : process.threads)
    if (waits_on_its_descriptor(thread.facts.call))
      waited_on.insert(static_cast<int>(thread.facts.arguments[0]));
  UniqueFd handle;
  for (Descriptor& one : process.facts.descriptors) {
    if (one.kind != FileKind::socket || !waited_on.contains(one.number))
      continue;
    if (!handle) handle = open_process(process);
    const UniqueFd ours = take_descriptor(handle, one.number);
    if (!ours) continue;
    one.receive_timed = is_timed(ours.get(), SO_RCVTIMEO);
    one.send_timed = is_timed(ours.get(), SO_SNDTIMEO);
  }
}

}  // namespace

void read_sockets(std::vector<ProcessReading*>& tree) {
  std::set<std::uint64_t> wanted;
  for (const ProcessReading* process : tree)
    for (const Descriptor& one : process->facts.descriptors)
      if (one.kind == FileKind::socket) wanted.insert(one.file.inode);
  if (wanted.empty()) return;
  const auto sockets = look_up(wanted);
  const std::uint64_t ours = network_of("/proc/thread-self/ns/net");
  for (ProcessReading* process : tree) {
    const bool any = std::ranges::any_of(
        process->facts.descriptors,
        [](const Descriptor& one) { return one.kind == FileKind::socket; });
    if (!any) continue;
    read_limits(*process);
    if (!sockets || ours == 0 || network_of(process->path("ns/net")) != ours)
      continue;
    for (Descriptor& one : process->facts.descriptors)
      if (one.kind == FileKind::socket) {
        name_peer(*sockets, one);
        name_listener(*sockets, *process, one);
      }
  }
}

}  // namespace poolbugs::wait
