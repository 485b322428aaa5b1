// What a running program tells whoever watches it. The driver and the outside
// party map it; the program itself writes it as a file (machine.hpp), for a
// mapping that others have, too, is something a futex may be requeued to.
#pragma once

#include <atomic>
#include <cstdint>

#include "harness/plants/generated/program.hpp"

namespace poolbugs::generated {

/// The driver's descriptors in the guard.
constexpr int kTableFd = 3;
constexpr int kCommandFd = 4;

/// Commands of the driver to the outside party, a byte each.
enum class Command : char {
  act = 'a',     ///< everything but signals: write, read, post, wake, arm …
  let_go = 'g',  ///< closes all that it holds
  signal = 's',  ///< every signal that is caught or taken; stop and continue
};

/// Signals of the outside party come in so many epochs at most.
constexpr int kMostEpochs = 64;

struct Slot {
  std::atomic<int> thread;  ///< its id, 0 before it began
  /// 2 * i + 1 before and 2 * i + 2 after op i of the script: it judges.
  std::atomic<std::uint32_t> progress;
};

struct Table {
  std::atomic<int> root;  ///< id of the first process
  std::atomic<int> processes[kMostProcesses];
  Slot slots[kSlots];
  /// How often the outside party began to send signals, and the progress just
  /// before each time.
  std::atomic<int> epoch;
  std::uint32_t before[kMostEpochs][kSlots];
  std::atomic<bool> script_done;  ///< of the outside party
  std::atomic<int> commands_done;
  std::atomic<bool> ended;  ///< nobody is left, and nobody was killed
  std::atomic<int> failed;  ///< errno of what should not fail
};

}  // namespace poolbugs::generated
