// The parts of the jail program (see jail_protocol_linux.hpp). It is small and
// static because it is copied for every run: a clone from 1 MiB costs half of
// one from a program of 100 MiB.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "platform/jail_protocol_linux.hpp"

namespace poolbugs::jail {

/// The command line of the jail.
struct Settings {
  bool full = true;
  std::string name;  ///< of folders and cgroups: "poolbugs-PID-SLOT"
  std::vector<std::string> read_only;  ///< shown again if they lie below /tmp
  std::vector<std::string> writable;   ///< likewise, and not read-only
  long processes = 256;                ///< tasks: processes and threads
  std::uint64_t memory = 0;            ///< bytes
  std::uint64_t disk = 0;              ///< bytes in the private /tmp
  int leak_grace_ms = 200;  ///< for others to end after the first process
};

/// Ends the jail with a Failed message: "CALL: reason".
[[noreturn]] void fail(const char* call);
[[noreturn]] void fail_with(const std::string& text);

/// False if the harness is gone.
bool send_message(const void* data, std::size_t size);
/// Says that this run failed; the jail goes on. False if the harness is gone.
bool send_failure(const std::string& text);

// --- jail_cgroup_linux.cpp

/// Puts this process (and so every run) into cgroups of its own, as far as
/// the machine allows; says which mechanism limits what.
struct Cgroups {
  int pids_parent = -1, memory_parent = -1;  ///< folders, to rmdir from
  int pids_procs = -1, memory_procs = -1;    ///< cgroup.procs of the parents
  int pids_events = -1, memory_events = -1;  ///< counters of refusals
  long pids_seen = 0, memory_seen = 0;       ///< their last values
  std::string pids_text, memory_text;        ///< for Ready; "" if not limited
  std::string pids_path, memory_path;        ///< of our own; "" if none

  static Cgroups enter(const Settings& settings);
  /// Whether the kernel refused something since the last call.
  bool pids_refused();
  bool memory_refused();
  /// Leaves and removes them. All other members must have been reaped.
  void remove(const Settings& settings);
};

// --- jail_namespaces_linux.cpp

/// Once: own user and mount namespace, everything read-only.
void enter_namespaces(const Settings& settings);
/// For each run, in the new pid namespace's first process: private /tmp,
/// /dev/shm and /proc. Returns the fresh working folder.
std::string mount_private(const Settings& settings);
/// Whether /tmp or /dev/shm has no room left.
bool private_disk_full();

// --- jail_ledger_linux.cpp

/// Lines "KIND NAME" for what a run left: processes below `init`, and in the
/// full sandbox shared memory, semaphores, files and System V objects.
std::string leftovers(const Settings& settings, const std::string& folder);
/// Names in a /dev/shm that everybody shares (sandbox `group`). One is the
/// run's own only if a process of its tree was seen to map or hold it.
struct SharedNames {
  std::set<std::string> before;  ///< names
  std::set<ino_t> own;           ///< files

  void remember_existing();
  void look();  ///< at what the processes below this one map and hold
  /// Lines "KIND NAME" of new names that are still there: "semaphore …",
  /// "shared-memory …", and "stranger …" for those of nobody known.
  [[nodiscard]] std::string new_names() const;
  void remove_own() const;
};

/// Empties a folder; true if it is empty now.
bool empty_folder(const std::string& folder);

// --- jail_supervise_linux.cpp

struct Launch {
  std::vector<char*> arguments;    ///< NULL at the end
  std::vector<char*> environment;  ///< NULL at the end
};

/// Runs one program to its end, or until End or EOF comes, and sends Done.
/// Returns false if the harness is gone.
bool supervise(const Settings& settings, Launch& launch,
               const std::string& folder, Cgroups& cgroups);
/// SIGKILL to everything below this process (or, as its init, in this pid
/// namespace) until all of it is reaped.
void kill_descendants(bool full);

}  // namespace poolbugs::jail
