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

}  // namespace poolbugs
