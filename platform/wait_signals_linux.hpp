// Which signals could end a thread's wait, or let it run a handler.
#pragma once

#include <vector>

#include "platform/wait_objects_linux.hpp"

namespace poolbugs::wait {

/// Signals that nobody outside of a tree has a reason to send, each with its
/// argument; that somebody does so by hand (kill -SEGV) is taken for granted
/// not to happen.
bool is_exempt(int signal);

/// Thread::signals of a thread of this process (an index) that is blocked in
/// its call with these waits.
Signals model_signals(const Objects& objects, const ThreadFacts& thread,
                      int process, const std::vector<Wait>& waits);

}  // namespace poolbugs::wait
