// The plainest worker process, for cases that are not about a pool: one child
// that runs one function of this program, by fork or by spawn.
#pragma once

#include <vector>

#include "platform/spawn.hpp"
#include "platform/start_method.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

/// How this run starts its workers: argv[1], or `fork` where nothing is said.
/// Prints the usage and exits with 2 on any other word.
StartMethod start_method(int argc, char** argv);

/// True in a process that start_worker() spawned. Such a process runs main()
/// from the top, so main() begins with
///     if (is_worker(argc, argv)) return work();
bool is_worker(int argc, char** argv);

/// Starts a worker that runs `work` and ends with what it returns.
/// fork: the child is a copy; it calls `work` and leaves with _exit, so no
/// destructor, atexit handler or stdio buffer of the parent runs in it.
/// spawn: a fresh image of this program (argv[0] --worker) in which main()
/// calls `work`; global state is that of a program just started.
/// In the worker, `descriptors` are the numbers 3, 4, 5 … in this order, under
/// both methods (moved there: it does not hold their old numbers as well); of
/// the others a spawned worker has those that are not close-on-exec, a forked
/// one all of them. A spawned worker starts with no signal blocked or ignored.
/// forkserver is for the pool only: exits with 70.
/// Returns the pid, which the caller must wait for. On failure prints the call
/// that failed and exits with 70: a case has no better way to go on.
Child start_worker(StartMethod method, char** argv, int (*work)(),
                   const std::vector<Descriptor>& descriptors = {});

/// Waits for the worker: its exit code, or minus the signal that it died of.
int wait_for(Child worker);

}  // namespace poolbugs
