// What is known of system calls in which programs wait.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>

#include <cstdint>

// Since Linux 5.16 and 5.14; older headers do not have them.
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

namespace poolbugs {

/// nullptr for a call that programs do not wait in, or that nobody modelled.
const char* call_name(long number);

/// Whether the call ends by itself: it waits with a time-out, or what it may
/// do is not known. The time-out's place is in each call's manual page.
bool is_timed(long number, const std::uint64_t* arguments);

/// Whether it reads, writes, accepts or connects at the descriptor that is its
/// first argument.
bool waits_on_its_descriptor(long number);

/// Whether somebody may have moved the waiter to another futex, which the
/// arguments do not name (FUTEX_REQUEUE, futex(2)): to one of the same memory
/// if its call has FUTEX_PRIVATE_FLAG, to whichever is mapped otherwise.
bool may_be_requeued(long number, const std::uint64_t* arguments);
bool may_be_requeued_anywhere(long number, const std::uint64_t* arguments);

/// Whether the call fails, with EINTR if nothing else is said, when its thread
/// is stopped and goes on, without any handler (signal(7), "Interruption of
/// system calls and library functions by stop signals"). Others go on waiting.
/// Sockets with time-outs do so, too: they count as timed.
bool ends_by_stop(long number, const std::uint64_t* arguments);

}  // namespace poolbugs
