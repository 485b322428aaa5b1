// Watches one plant as `poolbugs watch` and `poolbugs diagnose` would, but
// without a pause, and counts what the proof says of it.
#pragma once

#include <map>
#include <string>

#include "platform/examine.hpp"

namespace poolbugs::look_alikes {

struct Tally {
  int pairs = 0;  ///< calls of examine()
  int disturbed = 0;
  int but_pollers = 0;
  /// Texts of Graph::unless, joined by "; ", and how often. The text of a
  /// whole proof is "".
  std::map<std::string, int> proofs;
  /// Pairs in which some threads could move but others, it says, never again.
  int partly_stuck = 0;
  std::string last_stuck;  ///< as last_proof
  std::string last_proof;  ///< the threads of the last of them, for people
};

/// Runs the command as its subreaper; looks, as long as it lives, in turn at
/// everything below us (ours) and at its process and descendants (not ours),
/// with and without those who poll. Status: the command's, 128 + signal.
int observe(char** command, Tally& tally);

std::string to_json(const Tally& tally);
Tally from_json(const std::string& text);

}  // namespace poolbugs::look_alikes
