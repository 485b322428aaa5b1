// Executes programs: the memory and the descriptors of one, and its acts.
#pragma once

#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "harness/plants/generated/table.hpp"

namespace poolbugs::generated {

struct Cell {
  int word;
  pthread_mutex_t mutex;
  sem_t semaphore;
  pthread_mutex_t condition_mutex;
  pthread_cond_t condition;
  pthread_barrier_t barrier;
};

struct Arena {
  Cell cells[kMostObjects];
};

/// What belongs to one process. All are in the memory of each, so that a child
/// that shares the memory has its own.
struct Own {
  int descriptors[kMostObjects][2];
  Op actions[65];  ///< of handlers
  pthread_t threads[kMostThreads];
  bool started[kMostThreads];
};

struct Machine {
  Program program;
  Table* table = nullptr;  ///< the outside party's
  Arena own;
  /// By object: where it is, if not in `own`.
  Arena* mapped[kMostObjects];
  sem_t* named[kMostObjects];
  int sysv[kMostObjects];
  Own processes[kMostProcesses];
};

extern Machine machine;

/// A system call, with -errno instead of errno: children that share the memory
/// share errno, too.
template <typename... Arguments>
long call(long number, Arguments... arguments) {
  const long result = ::syscall(number, arguments...);
  return result == -1 ? -errno : result;
}

// The table, for the program.
int process_id(int process);
void tell_process_id(int process, int id);
void tell_thread(int slot, int id);
void tell_progress(int slot, std::uint32_t progress);

/// Tells the driver that something failed that must not.
[[noreturn]] void fail();

/// Where this process has the object of the op.
Cell& cell(int object);
sem_t& semaphore(int object);
/// Open or -1.
int descriptor(int process, const Target& target);

/// Makes the objects that the outside party has, too, or the others.
void make_objects(bool outside);

/// `ms` from now, in `clock`'s time.
timespec in_ms(int clock, int ms);

// Each: true if the act is one of its own.
bool do_with_file(int process, const Op& op);
bool do_with_memory(int process, const Op& op);
bool do_with_signal(int process, const Op& op);
bool do_with_process(int process, int thread, const Op& op);

/// Everything that process and thread have to do. Does not return from a main
/// thread.
void run_script(int process, int thread);

/// The outside party: starts the program, and lives as long as it does.
int be_outside();
/// Its single act; never waits.
void act_outside(const Op& op);

}  // namespace poolbugs::generated
