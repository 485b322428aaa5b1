// Watches one plant as `poolbugs watch` and `poolbugs diagnose` would, but
// without a pause, and counts what the proof says of it.
#pragma once

#include <map>
#include <string>

#include "platform/examine.hpp"

namespace poolbugs::look_alikes {

struct Proofs {
  int times = 0;
  std::string first;  ///< facts and graph of the first of them, for people
};

struct Tally {
  int pairs = 0;  ///< calls of examine()
  int disturbed = 0;
  int but_pollers = 0;
  /// By the texts of Graph::unless, joined by "; ". That of a whole proof is
  /// "".
  std::map<std::string, Proofs> proofs;
  /// Pairs in which some threads could move but others, it says, never again.
  Proofs partly_stuck;
};

/// Runs the command as its subreaper; looks, as long as it lives, in turn at
/// everything below us (ours) and at its process and descendants (not ours),
/// with and without those who poll. Status: the command's, 128 + signal.
int observe(char** command, Tally& tally);

std::string to_json(const Tally& tally);
Tally tally_from_json(const std::string& text);

}  // namespace poolbugs::look_alikes
