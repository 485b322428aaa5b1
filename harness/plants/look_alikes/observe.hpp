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

/// By the texts of Graph::unless, joined by "; ". Without any it is "".
using ByCondition = std::map<std::string, Proofs>;

struct Tally {
  int pairs = 0;  ///< calls of examine()
  int disturbed = 0;
  int but_pollers = 0;
  /// That say: nobody ever runs again, whatever handlers run.
  ByCondition proofs;
  /// That say: nobody does by himself, only by a signal from outside, or by a
  /// stop and going on.
  ByCondition resting;
  /// Both, and what is said if nobody sends signals.
  ByCondition assuming;
  /// Pairs in which some threads could move but others, it says, never again,
  /// or only by a signal.
  Proofs partly_stuck, partly_resting;
  /// Pairs in which all rested until a signal, and were not proved if none
  /// comes.
  int unproved = 0;
};

/// Runs the command as its subreaper; looks, as long as it lives, in turn at
/// everything below us (ours) and at its process and descendants (not ours),
/// with and without those who poll. Status: the command's, 128 + signal.
int observe(char** command, Tally& tally);

std::string to_json(const Tally& tally);
Tally tally_from_json(const std::string& text);

}  // namespace poolbugs::look_alikes
