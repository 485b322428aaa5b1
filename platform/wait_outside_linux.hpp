// What processes outside of a tree hold of the files that matter inside of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

/// A descriptor that shares its inode with all of its kind.
struct Anonymous {
  long process = 0, thread = 0;
  int number = -1;
  FileKind kind = FileKind::epoll;
};

/// Files of a tree that somebody could wake a thread through.
struct Interest {
  std::map<std::uint64_t, FileId> pipes, sockets;  ///< by inode
  std::set<std::uint64_t> eventfds;                ///< by id
  /// Named pipes, message queues, files with locks: by device and inode.
  std::set<FileId> files;
  /// Files that a futex is in, by inode: a mapping and a descriptor of one
  /// file may name different devices (btrfs, overlayfs).
  std::multimap<std::uint64_t, FileId> mapped;
  /// AF_UNIX stream sockets of our network: what they hold is told by bytes.
  std::set<std::uint64_t> streams;
  /// What has no identity in /proc, only for kcmp(2).
  std::vector<Anonymous> anonymous;
  /// Threads, one of each process whose private futexes matter: somebody
  /// outside may have the same memory (clone(2), CLONE_VM).
  std::vector<long> memories;
  /// File systems whose device is certain: nobody reaches their files through
  /// another one. In each fresh tmpfs the first file has the same inode.
  std::set<std::uint64_t> own_devices;
};

/// What matters in these facts.
Interest interest_of(const Facts& facts);

/// What somebody outside holds.
struct Held {
  std::set<FileId> files;
  std::set<std::uint64_t> eventfds;
  std::set<std::uint64_t> sockets;           ///< inodes, whatever they are
  bool descriptors_under_way = false;        ///< in a socket of somebody
  std::set<std::pair<long, int>> anonymous;  ///< process and descriptor
  std::set<long> memories;                   ///< of Interest::memories
  std::set<long> tracers;  ///< threads that trace somebody outside
  bool tracers_known = true;
};

enum class Looked { everything, gone, not_allowed };

/// Looks through the descriptors, and if a futex is in a file the mappings, of
/// one process. `with_tracers`: asks each of its threads who traces it. Kernel
/// threads and zombies have nothing; `gone` if there is no such process.
Looked look_into(pid_t process, const Interest& interest, bool with_tracers,
                 Held& held);

/// Whether /proc shows every process of the machine, if only it can be read:
/// we are in the first pid namespace, and it is mounted without hidepid.
bool sees_all_processes();

}  // namespace poolbugs::wait
