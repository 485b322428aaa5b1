// What is known of system calls in which programs wait.
#pragma once

#include <cstdint>

namespace poolbugs {

/// nullptr for a call that programs do not wait in, or that nobody modelled.
const char* call_name(long number);

/// Whether the call ends by itself: it waits with a time-out, or what it may
/// do is not known. The time-out's place is in each call's manual page.
bool is_timed(long number, const std::uint64_t* arguments);

}  // namespace poolbugs
