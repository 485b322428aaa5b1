#include "platform/python_stack_linux.hpp"

#include <optional>
#include <string_view>

#include "platform/python_stack_layout_linux.hpp"
#include "platform/python_text_linux.hpp"

namespace poolbugs::stacks {
namespace {

// Whoever has more is damaged.
constexpr int most_frames = 64;
constexpr int most_interpreters = 64;
constexpr int most_threads = 4096;

/// Ends what a chain of damaged sizes and pointers would make long: the process
/// is stopped meanwhile. A thread of 64 frames takes about 2,000.
class Bounded : public Memory {
 public:
  explicit Bounded(Memory& below) : below_(below) {}
  bool read(std::uint64_t address, std::span<std::byte> to) override {
    const std::uint64_t cost = 1 + to.size() / 64;
    if (cost > left_) return false;
    left_ -= cost;
    return below_.read(address, to);
  }

 private:
  Memory& below_;
  std::uint64_t left_ = 4'000'000;
};

/// Reads one CPython.
class Reader {
 public:
  Reader(Memory& memory, const PythonLayout& layout)
      : memory_(memory), layout_(layout) {}

  Result<std::vector<PythonThread>> threads(std::uint64_t root) {
    std::vector<PythonThread> all;
    std::uint64_t interpreter = 0;
    if (!memory_.get(root + layout_.interpreters_head, interpreter))
      return damaged("its list of interpreters");
    for (int i = 0; interpreter != 0; ++i) {
      if (i == most_interpreters) return damaged("its list of interpreters");
      if (!add_threads(interpreter, all)) return damaged("its list of threads");
      if (!memory_.get(interpreter + layout_.interpreter_next, interpreter))
        return damaged("its list of interpreters");
    }
    return all;
  }

 private:
  static Error damaged(std::string_view what) {
    return {"the memory of this Python is damaged: " + std::string(what)};
  }

  bool add_threads(std::uint64_t interpreter, std::vector<PythonThread>& all) {
    std::uint64_t state = 0;
    if (!memory_.get(interpreter + layout_.interpreter_threads, state))
      return false;
    for (; state != 0;) {
      std::uint64_t owner = 0;
      PythonThread thread;
      if (all.size() >= most_threads ||
          !memory_.get(state + layout_.thread_interpreter, owner) ||
          owner != interpreter ||
          !memory_.get(state + layout_.thread_id, thread.id))
        return false;
      if (layout_.thread_native_id != 0)
        memory_.get(state + layout_.thread_native_id, thread.native_id);
      add_frames(state, thread.frames);
      all.push_back(std::move(thread));
      if (!memory_.get(state + layout_.thread_next, state)) return false;
    }
    return true;
  }

  void add_frames(std::uint64_t state, std::vector<Frame>& frames) {
    std::uint64_t frame = 0;
    if (!memory_.get(state + layout_.thread_frame, frame)) return;
    const bool through_c_frame = layout_.at_least(11) && !layout_.at_least(13);
    if (through_c_frame && !memory_.get(frame + layout_.c_frame_frame, frame))
      return;
    // Frames between C and Python have no code: they are passed over.
    for (int i = 0; frame != 0 && i < 2 * most_frames; ++i) {
      if (frames.size() == most_frames) return;
      if (std::optional<Frame> read = python_frame(frame))
        frames.push_back(*std::move(read));
      if (!memory_.get(frame + layout_.frame_previous, frame)) return;
    }
  }

  std::optional<Frame> python_frame(std::uint64_t frame) {
    constexpr char owned_by_c_stack = 3;  // pycore_frame.h, 3.12 and later
    char owner = 0;
    if (layout_.at_least(12) &&
        (!memory_.get(frame + layout_.frame_owner, owner) ||
         owner == owned_by_c_stack))
      return std::nullopt;
    std::uint64_t code = 0;
    std::uint64_t name = 0;
    std::uint64_t file = 0;
    if (!memory_.get(frame + layout_.frame_code, code) || code == 0 ||
        !memory_.get(code + layout_.code_name, name) ||
        !memory_.get(code + layout_.code_file, file))
      return std::nullopt;
    // Code without a source, put between a class and its __init__: one string
    // is all of its names (_Py_InitCleanup in Python/specialize.c, 3.12 on).
    if (name == file) return std::nullopt;
    Frame result{python_text(memory_, layout_, name),
                 python_text(memory_, layout_, file), line(frame, code)};
    if (result.function.empty()) result.function = "?";
    result.file.erase(0, result.file.rfind('/') + 1);
    return result;
  }

  int line(std::uint64_t frame, std::uint64_t code) {
    std::int32_t first = 0;
    std::uint64_t table = 0;
    if (!memory_.get(code + layout_.code_first_line, first) ||
        !memory_.get(code + layout_.code_lines, table))
      return 0;
    const std::optional<std::int64_t> offset = instruction(frame, code);
    const std::vector<std::uint8_t> bytes =
        python_bytes(memory_, layout_, table);
    if (!offset) return first;
    return line_of(layout_.lines(), bytes, first, *offset);
  }

  /// In bytes from the first instruction; negative before the first.
  std::optional<std::int64_t> instruction(std::uint64_t frame,
                                          std::uint64_t code) {
    if (layout_.at_least(11)) {
      std::uint64_t at = 0;
      if (!memory_.get(frame + layout_.frame_last, at)) return std::nullopt;
      return static_cast<std::int64_t>(at - code - layout_.code_instructions);
    }
    std::int32_t last = 0;
    if (!memory_.get(frame + layout_.frame_last, last)) return std::nullopt;
    return std::int64_t{last} * (layout_.at_least(10) ? 2 : 1);
  }

  Memory& memory_;
  const PythonLayout& layout_;
};

}  // namespace

Result<std::vector<PythonThread>> read_python(Memory& memory,
                                              const PythonPlace& place) {
  const Result<PythonLayout> layout = python_layout(memory, place);
  if (!layout) return layout.error();
  Bounded bounded(memory);
  return Reader(bounded, *layout).threads(place.root);
}

}  // namespace poolbugs::stacks
