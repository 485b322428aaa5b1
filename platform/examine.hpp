// The whole of the proof in one call: is this tree stuck, and for ever?
#pragma once

#include <string>

#include "platform/wait_graph.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::wait {

struct Examined {
  Facts facts;
  Pollers pollers, spinners;
  /// By the graph: facts.around, or that nobody else is there.
  Surroundings assumed;
  Graph graph;
  Verdict verdict;
  /// Processes were to be asked for timers (Tree::ask).
  bool asked = false;
  /// Why one could not be asked: "process 7 (sh) waits with a time-out".
  std::string not_asked;
};

/// Reads the tree; looks around (some ms) only if nothing in it may move: what
/// is said of a part of the others is true only with Tree::with_parts.
/// `pollers` and `spinners` may go on all the time.
Examined examine(const Tree& tree, const Pollers& pollers = {},
                 const Pollers& spinners = {});

/// The same with other numbers for workers that are alike but for what they do:
/// children of one parent, without children, with as many threads. By birth
/// they would be numbered by chance: which of two idle workers has the lock of
/// the queue, and which waits for it, differs from run to run.
Examined numbered_by_deed(const Examined& examined);

}  // namespace poolbugs::wait
