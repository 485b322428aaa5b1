// What a program of the corpus saw, for the harness to judge.
#pragma once

#include <cstdio>
#include <string>

namespace poolbugs {

/// A whole line in one write: lines of several processes never mix, and
/// nothing waits in a buffer that a fork would copy.
inline void say_line(const std::string& line) {
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// One item that a right program would see. Items are compared as multisets.
inline void expected(const std::string& item) { say_line("expected: " + item); }

/// One item that this program did see.
inline void observed(const std::string& item) { say_line("observed: " + item); }

}  // namespace poolbugs
