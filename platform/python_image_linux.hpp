// What an ELF file that holds a CPython says about it: the interpreter itself
// or libpython. Stripped ones will do: of symbols only the exported are needed.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace poolbugs::stacks {

/// Addresses are as linked: add where the file was loaded.
struct PythonImage {
  bool moves = false;  ///< is loaded anywhere (ET_DYN)
  std::uint64_t first = 0, end = 0;
  /// PY_VERSION_HEX, told since 3.11; before it is 0.
  std::uint32_t version = 0;
  std::uint64_t runtime = 0;  ///< _PyRuntime, since 3.7
  std::uint64_t runtime_size = 0;
  // Types of objects: PyCFunction_Type and so on.
  std::uint64_t builtin_type = 0, method_type = 0, function_type = 0;
  std::uint64_t code_type = 0, object_type = 0;
  std::uint64_t int_type = 0;  ///< of signal.SIG_DFL

  struct Range {
    std::uint64_t first = 0, end = 0;
  };
  std::vector<Range> zeroed;  ///< .bss

  /// A place that may be the static variable in which signal.set_wakeup_fd()
  /// keeps its descriptor, until 3.11 (afterwards it is in _PyRuntime).
  struct Wakeup {
    std::uint64_t address = 0;
    /// May just as well be the upper half of a 64 bit -1.
    bool half = false;
  };
  /// One of these is it. Empty if that cannot be told.
  std::vector<Wakeup> wakeups;
  bool wakeup_named = false;  ///< there is a symbol for it

  [[nodiscard]] bool at_least(int minor) const {
    return version >= (3U << 24 | static_cast<unsigned>(minor) << 16);
  }
};

enum class ImageKind { python, other, unreadable };

/// `image` is set for `python` only.
ImageKind read_python_image(int file, PythonImage& image);

}  // namespace poolbugs::stacks
