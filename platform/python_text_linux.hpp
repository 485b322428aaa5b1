// Text and bytes in the memory of a CPython.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/python_stack_layout_linux.hpp"
#include "platform/stacks_memory_linux.hpp"

namespace poolbugs::stacks {

/// What a str says, as UTF-8 without control characters; "" if it cannot be
/// read or is longer than 1024 characters.
std::string python_text(Memory& memory, const PythonLayout& layout,
                        std::uint64_t object);

/// Of a bytes object (in Python 2 a str); none if it cannot be read or is
/// longer than 256 KiB.
std::vector<std::uint8_t> python_bytes(Memory& memory,
                                       const PythonLayout& layout,
                                       std::uint64_t object);

}  // namespace poolbugs::stacks
