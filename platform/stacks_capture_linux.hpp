// Stops a process by ptrace for as long as it takes to copy what an unwinder
// needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/stacks_memory_linux.hpp"

namespace poolbugs::stacks {

struct CapturedThread {
  long id = 0;
  long inner_id = 0;                     ///< in its own pid namespace
  std::string failure;                   ///< then nothing below is set
  std::vector<std::uint64_t> registers;  ///< by DWARF number
  std::uint64_t pc = 0, stack_pointer = 0;
  std::uint64_t thread_pointer = 0;  ///< x86-64: also pthread_self(3)
  std::vector<std::byte> stack;      ///< from `stack_pointer` up, some KiB
};

struct Captured {
  std::vector<CapturedThread> threads;  ///< by id
  std::string failure;                  ///< why there are none
};

/// `while_stopped` is called once with the process' memory if any thread of it
/// stopped. It should be quick.
Captured capture(long process,
                 const std::function<void(Memory&)>& while_stopped);

}  // namespace poolbugs::stacks
