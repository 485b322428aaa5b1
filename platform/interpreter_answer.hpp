// What an interpreter is asked, and what its answer means: on every system.
#pragma once

#include <filesystem>
#include <string_view>

#include "platform/interpreters.hpp"

namespace poolbugs {

/// A program for every Python from 2.7 on, without double quotes. It prints a
/// line for each fact; what is printed besides (a site module that talks) is
/// not read.
extern const char* const kInterpreterQuestion;

/// An Error says why it cannot be used: "it is PyPy, not CPython".
Result<Interpreter> understand_answer(const std::filesystem::path& executable,
                                      std::string_view text);

/// To those that were found, or with its Error to those that are broken.
void add_answer(const std::filesystem::path& executable, std::string_view text,
                Interpreters& all);

/// The newest first, those with the global lock before those without, each
/// version once: the first of them.
void sort_by_version(std::vector<Interpreter>& found);

/// The last line that says something.
std::string last_line(std::string_view text);

}  // namespace poolbugs
