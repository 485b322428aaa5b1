// The whole of the proof in one call: is this tree stuck, and for ever?
#pragma once

#include "platform/wait_graph.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::wait {

struct Examined {
  Facts facts;
  Graph graph;
  Verdict verdict;
};

/// Reads the tree; looks around (some ms) only if nothing in it may move.
/// `pollers` and `spinners` may go on all the time.
Examined examine(const Tree& tree, const Pollers& pollers = {},
                 const Pollers& spinners = {});

}  // namespace poolbugs::wait
