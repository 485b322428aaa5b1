// The CPython interpreters of this machine, each asked what it is.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "platform/result.hpp"
#include "platform/start_method.hpp"

namespace poolbugs {

struct Interpreter {
  /// As it calls itself: what was found may be a script that starts it.
  std::filesystem::path executable;
  std::vector<int> version;  ///< {3, 13, 0}
  /// Built without the global interpreter lock (PEP 703).
  bool free_threaded = false;
  /// What multiprocessing offers here; `fork` alone before 3.4.
  std::vector<StartMethod> start_methods;
  StartMethod usual = StartMethod::fork;  ///< if a program chooses none
  /// Where its library and the library of what it was made of (venv) lie.
  std::vector<std::filesystem::path> folders;

  /// "cpython-3.13.0", "cpython-3.13.0t": the runtime of runs.
  [[nodiscard]] std::string name() const;
};

/// One that is there but cannot be used.
struct BrokenInterpreter {
  std::filesystem::path executable;
  std::string why;  ///< "it did not answer within 5 s"
};

struct Interpreters {
  std::vector<Interpreter> found;  ///< newest first, each version once
  std::vector<BrokenInterpreter> broken;
};

/// What is looked at, in order; of two with one version the first counts.
/// POOLBUGS_PYTHONS, a path list (`:` between, on Windows `;`) of executables
/// or folders of versions, stands for all the rest. Without it: python3,
/// python3.N and python2.7 on PATH (Windows: also python and py), then the
/// version folders of pyenv (PYENV_ROOT, else ~/.pyenv) and of uv
/// (UV_PYTHON_INSTALL_DIR, else ~/.local/share/uv/python; Windows: only where
/// these variables are set).
std::vector<std::filesystem::path> interpreter_candidates();

/// Runs each candidate once, all at the same time, for at most `patience`. One
/// takes some 50 ms, but on a busy machine they were seen to take five seconds.
Interpreters ask_interpreters(
    const std::vector<std::filesystem::path>& candidates,
    std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace poolbugs
