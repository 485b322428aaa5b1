// This system in words, for people who read where results come from.
#pragma once

#include <string>

namespace poolbugs {

/// "Linux 6.1.0-13-amd64", "Windows 10.0.19045", "Wine 8.0 (as Windows
/// 6.1.7601)".
std::string system_text();

/// The C library: "glibc 2.36", "msvcrt"; "" if there is nothing to say of it.
std::string libc_text();

}  // namespace poolbugs
