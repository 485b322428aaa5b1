// How deep a program may recurse.
#pragma once

namespace poolbugs {

/// Lets the first thread have at most 8 MiB of stack, what most Linux systems
/// give, whatever the caller's `ulimit -s` is; children inherit that. On
/// Windows the size is written in the program file (1 MiB from Microsoft's
/// linker,
/// https://learn.microsoft.com/cpp/build/reference/stack-stack-allocations, 2
/// MiB from mingw's), nobody outside can raise it, and nothing is done.
void limit_stack();

}  // namespace poolbugs
