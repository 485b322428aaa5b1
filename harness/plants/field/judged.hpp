// What the proof says of a tree, in the words of program.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "harness/plants/field/program.hpp"
#include "platform/examine.hpp"

namespace poolbugs::field {

Says says(const wait::Examined& seen);
/// The same on a machine on which others do nothing that could matter: have no
/// alarms, no descriptors under way, no control groups of version 1.
Says says_alone(const wait::Examined& seen);

/// Whether any thread has this before it.
bool looks_like(const wait::Verdict& verdict, wait::Outlook outlook);

/// With the assumption that nobody outside sends signals. Beside a part of a
/// tree are those who move, and may send some.
Says assumed(Says right);

/// The names of the processes of these threads, in order of the alphabet.
std::string names_of(const std::vector<int>& threads, const wait::Graph& graph);

/// Facts, graph and verdict, for people.
std::string in_words(const wait::Examined& seen);

/// Whether a tree has come to rest: every thread of it sleeps in a system
/// call, and was not put on a CPU since the last look.
class Rest {
 public:
  /// How many looks in a row have found it so.
  int look(const wait::Facts& facts);

 private:
  std::vector<std::tuple<long, long, std::uint64_t>> last_;
  int times_ = 0;
};

}  // namespace poolbugs::field
