// This system in words, for people who read where results come from, and the
// variables that its programs want.
#pragma once

#include <string>
#include <vector>

namespace poolbugs {

/// "Linux 6.1.0-13-amd64", "Windows 10.0.19045", "Wine 8.0 (as Windows
/// 6.1.7601)".
std::string system_text();

/// The C library: "glibc 2.36", "msvcrt"; "" if there is nothing to say of it.
std::string libc_text();

/// NAME=VALUE for every run, the same on every machine of this system: where
/// its own programs lie, and a language.
std::vector<std::string> usual_variables();

}  // namespace poolbugs
