// The plainest worker process, for cases that are not about a pool: one child
// that runs one function of this program, by fork or by spawn.
#pragma once

#include <cstdint>
#include <vector>

#include "platform/spawn.hpp"
#include "platform/start_method.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

/// How this run starts its workers: argv[1], or `fork` where nothing is said
/// (on Windows `spawn`). Prints the usage and exits with 2 on any other word.
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
/// It finds them by inherited(), which on POSIX gives the number itself; on
/// Windows it has nothing else. fork on Windows, where there is none, and
/// forkserver, which is for the pool only, exit with 70.
/// Returns the child, which the caller must wait for. On failure prints the
/// call that failed and exits with 70: a case has no better way to go on.
Child start_worker(StartMethod method, char** argv, int (*work)(),
                   const std::vector<Descriptor>& descriptors = {});

/// Waits for the worker: its exit code, or minus the signal that it died of.
/// Windows has no such signals and 32 bits, here unsigned: who crashes ends
/// with the code of its exception (3221225477 is 0xC0000005, an access
/// violation), who is ended by TerminateProcess with the code that was given
/// there.
std::int64_t wait_for(Child worker);

}  // namespace poolbugs
