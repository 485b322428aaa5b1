#include "platform/python_signals_linux.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/mapped_files_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/python_image_linux.hpp"
#include "platform/python_stack_layout_linux.hpp"
#include "platform/python_text_linux.hpp"
#include "platform/stacks_memory_linux.hpp"

namespace poolbugs::stacks {
namespace {

using Word = std::uint64_t;

/// Handlers[Py_NSIG], since 3.12 _PyRuntime.signals.handlers. The first is
/// never used.
constexpr std::size_t signals = 65;  // _NSIG of glibc and musl
struct Entry {
  Word tripped;  ///< an int
  Word function;
};
using Table = std::array<Entry, signals>;

/// offsetof() in the public headers; the last in those of 3.11 to 3.13.
constexpr Word object_type = 8, object_first_field = 16;
constexpr Word type_name = 24, type_flags = 168, type_base = 256;
constexpr Word immutable_type = 1 << 8;  // Py_TPFLAGS_IMMUTABLETYPE, 3.10
constexpr Word function_code = 48, function_module = 104;
constexpr unsigned newest_minor = 13;

bool is_pointer(Word word) { return word >= 4096 && word % 8 == 0; }

/// Every signal has an object once the interpreter has started: SIG_DFL,
/// SIG_IGN, None or what was asked for. Nobody can ask for SIGKILL or SIGSTOP.
bool is_table(const Table& entries) {
  const Word standard = entries[SIGKILL].function;
  if (!is_pointer(standard) || entries[SIGSTOP].function != standard ||
      entries[0].tripped != 0 || entries[0].function != 0)
    return false;
  for (std::size_t i = 1; i < signals; ++i)
    if (entries[i].tripped > 1 || !is_pointer(entries[i].function))
      return false;
  return true;
}

/// One CPython in the memory of a process.
class Interpreter {
 public:
  Interpreter(Memory& memory, const PythonImage& image, Word bias)
      : memory_(memory), image_(image), bias_(bias) {}

  /// As linked; none unless there is exactly one.
  std::optional<Word> find_table() {
    std::optional<Word> found;
    std::vector<PythonImage::Range> ranges = image_.zeroed;
    if (image_.at_least(12))
      ranges = {{image_.runtime, image_.runtime + image_.runtime_size}};
    // Piece by piece: memory that is new to us costs more than the search.
    std::vector<Word> words(32 * 1024 / sizeof(Word));
    for (const auto& [first, end] : ranges) {
      if (end - first > most_searched) return std::nullopt;
      for (Word at = (first + 7) & ~Word{7}; at + sizeof(Table) <= end;) {
        const std::span piece(
            words.data(), std::min(words.size(), (end - at) / sizeof(Word)));
        if (!memory_.read(at + bias_, std::as_writable_bytes(piece)))
          return std::nullopt;
        const std::size_t places = piece.size() - 2 * signals + 1;
        for (std::size_t i = 0; i < places; ++i) {
          if (piece[i + 2 * SIGKILL + 1] == 0 ||
              piece[i + 2 * SIGKILL + 1] != piece[i + 2 * SIGSTOP + 1])
            continue;
          Table table{};
          std::memcpy(table.data(), &piece[i], sizeof table);
          if (!is_table(table)) continue;
          if (found) return std::nullopt;
          found = at + i * sizeof(Word);
        }
        at += places * sizeof(Word);
      }
    }
    return found;
  }

  PythonSigint sigint(Word table) {
    const Word address = table + bias_;
    Table entries{};
    if (!memory_.get(address, entries) || !is_table(entries) ||
        !is_zero(entries[SIGKILL].function) || is_free_threaded())
      return PythonSigint::unknown;
    const Wakeup wakeup = read_wakeup(address);
    const PythonSigint handler = kind(entries[SIGINT].function);
    Table again{};
    if (!memory_.get(address, again) || read_wakeup(address) != wakeup ||
        again[SIGINT].function != entries[SIGINT].function)
      return PythonSigint::unknown;
    if (handler == PythonSigint::other || wakeup == Wakeup::none)
      return handler;
    return wakeup == Wakeup::set ? PythonSigint::other : PythonSigint::unknown;
  }

 private:
  static constexpr Word most_searched = 16 << 20;
  enum class Wakeup { none, set, unknown };

  Word word(Word address) {
    Word value = 0;
    return memory_.get(address, value) ? value : 0;
  }
  bool has_type(Word object, Word type) {
    return type != 0 && word(object + object_type) == type + bias_;
  }
  bool is_in_image(Word address) {
    return address - bias_ >= image_.first && address - bias_ < image_.end;
  }
  bool says(Word address, std::string_view wanted) {
    std::vector<char> text(wanted.size() + 1);
    return memory_.read(address, std::as_writable_bytes(std::span(text))) &&
           std::string_view(text.data(), wanted.size()) == wanted &&
           text.back() == '\0';
  }

  bool is_zero(Word object) {
    // ob_ival (2.7), ob_size (to 3.11), lv_tag: the number of digits and below
    // that three bits (3.12).
    const Word value = word(object + object_first_field);
    return has_type(object, image_.int_type) &&
           (image_.at_least(12) ? value >> 3 : value) == 0;
  }

  /// These have longer objects.
  bool is_free_threaded() {
    if (!image_.at_least(13)) return false;
    struct {
      Word cookie, version, free_threaded;
    } own{};  // _Py_DebugOffsets (Include/internal/pycore_runtime.h)
    return !memory_.get(image_.runtime + bias_, own) || own.free_threaded != 0;
  }

  Wakeup read_wakeup(Word table) {
    if (image_.at_least(12)) {
      std::int32_t descriptor = 0;
      if (!memory_.get(table + sizeof(Table), descriptor))
        return Wakeup::unknown;
      return descriptor == -1 ? Wakeup::none : Wakeup::set;
    }
    for (const PythonImage::Wakeup& one : image_.wakeups) {
      std::array<std::uint32_t, 2> halves{};
      if (!memory_.get(one.address + bias_ - 4, halves)) return Wakeup::unknown;
      if (halves[1] == ~0U) continue;
      if (image_.wakeup_named) return Wakeup::set;
      // A count that was -1 and is small now, unless it is descriptor 0.
      const bool is_count = one.half && halves[1] == 0 && halves[0] != ~0U;
      if (!is_count) return Wakeup::unknown;
    }
    return image_.wakeups.empty() ? Wakeup::unknown : Wakeup::none;
  }

  PythonSigint kind(Word handler) {
    if (has_type(handler, image_.builtin_type)) {
      // PyCFunctionObject.m_ml, PyMethodDef.ml_name
      const Word definition = word(handler + object_first_field);
      const Word name = is_in_image(definition) ? word(definition) : 0;
      return is_in_image(name) && says(name, "default_int_handler")
                 ? PythonSigint::default_handler
                 : PythonSigint::other;
    }
    return image_.at_least(11) && is_runner(handler) ? PythonSigint::runner
                                                     : PythonSigint::other;
  }

  /// functools.partial(self._on_sigint, …): Runner.run() in
  /// Lib/asyncio/runners.py.
  bool is_runner(Word partial) {
    const Word type = word(partial + object_type);
    // No class made in Python is immutable.
    if (!says(word(type + type_name), "functools.partial") ||
        (word(type + type_flags) & immutable_type) == 0 ||
        word(type + type_base) != image_.object_type + bias_)
      return false;
    const Word method = word(partial + object_first_field);
    if (!has_type(method, image_.method_type)) return false;
    const Word function = word(method + object_first_field);
    if (!has_type(function, image_.function_type)) return false;
    const Word code = word(function + function_code);
    if (!has_type(code, image_.code_type)) return false;
    const auto layout = python_layout(
        memory_, {.root = image_.runtime + bias_,
                  .major = static_cast<int>(image_.version >> 24),
                  .minor = static_cast<int>(image_.version >> 16 & 0xff)});
    if (!layout) return false;
    const auto text = [&](Word address) {
      return python_text(memory_, *layout, word(address));
    };
    return text(code + layout->code_name) == "Runner._on_sigint" &&
           text(code + layout->code_file).ends_with("/asyncio/runners.py") &&
           text(function + function_module) == "asyncio.runners";
  }

  Memory& memory_;
  const PythonImage& image_;
  Word bias_;
};

/// A file with a CPython, and what was found once in a process that runs it.
struct KnownFile {
  ImageKind kind = ImageKind::unreadable;
  PythonImage image;
  std::optional<Word> table;
};

/// Which file: one that was written to or replaced is another.
struct FileKey {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t changed_s = 0, changed_ns = 0;
  auto operator<=>(const FileKey&) const = default;
};

class Files {
 public:
  void forget_if_many() {
    constexpr std::size_t most_files = 256;
    if (files_.size() >= most_files) files_.clear();
  }

  /// Null if it cannot be read.
  KnownFile* read(long process, int root, const std::string& name,
                  const MappedFile& mapped) {
    const UniqueFd file = open_mapped(process, root, name, mapped);
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return nullptr;
    const FileKey key{status.st_dev, status.st_ino,
                      static_cast<std::uint64_t>(status.st_size),
                      status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
    const auto [known, is_new] = files_.try_emplace(key);
    if (is_new)
      known->second.kind = read_python_image(file.get(), known->second.image);
    return &known->second;
  }

 private:
  std::map<FileKey, KnownFile> files_;
};

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

PythonSigint python_sigint(long process) {
  static std::mutex mutex;
  static Files files;
  const std::scoped_lock lock(mutex);
  files.forget_if_many();
  const std::string folder = "/proc/" + std::to_string(process) + "/";
  std::array<char, 4096> link{};
  if (::readlink((folder + "exe").c_str(), link.data(), link.size() - 1) <= 0)
    return PythonSigint::unknown;
  const std::string program = link.data();
  const MappedFiles mapped =
      mapped_files(proc::read_file((folder + "maps").c_str(), 16 << 20));
  const UniqueFd root(::open((folder + "root").c_str(), O_PATH | O_CLOEXEC));
  if (!mapped.contains(program) || !root) return PythonSigint::unknown;

  KnownFile* python = nullptr;
  const MappedFile* where = nullptr;
  for (const auto& [name, file] : mapped) {
    if (name != program && !base_name(name).starts_with("libpython")) continue;
    KnownFile* known = files.read(process, root.get(), name, file);
    if (known == nullptr || known->kind == ImageKind::unreadable)
      return PythonSigint::unknown;
    if (known->kind == ImageKind::other) continue;
    if (python != nullptr || file.starts != 1) return PythonSigint::unknown;
    python = known;
    where = &file;
  }
  if (python == nullptr) return PythonSigint::not_python;
  const PythonImage& image = python->image;
  if (!base_name(program).starts_with("python") ||
      image.at_least(newest_minor + 1))
    return PythonSigint::unknown;
  LiveMemory memory(process);
  Interpreter interpreter(memory, image,
                          image.moves ? where->start - image.first : 0);
  if (!python->table) python->table = interpreter.find_table();
  return python->table ? interpreter.sigint(*python->table)
                       : PythonSigint::unknown;
}

}  // namespace poolbugs::stacks
