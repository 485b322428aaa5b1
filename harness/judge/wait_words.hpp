// How threads, processes and objects of a wait graph are called in sentences
// and pictures: by role, never by id or address.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

/// The threads of a process, by index into Graph::threads.
std::vector<int> threads_of(const wait::Graph& graph, int process);

/// The names of the tree's processes differ, so they tell something.
bool names_differ(const wait::Graph& graph);

/// One line that can be shown, of at most 40 bytes.
std::string one_line(std::string_view text);

/// The base name of a file if it looks chosen by a person, else "": what a
/// program makes up (tmpab3x_9k) differs from run to run.
std::string chosen_name(std::string_view path);

/// "a", "a and b", "a, b and c"; of more than four the first three and
/// "2 more".
std::string listed(const std::vector<std::string>& items,
                   std::string_view word = "and");

std::string capitalised(std::string sentence);

/// Names actors as a person would: a process' name once only, and a thread
/// without its process where that was just said.
class Speaker {
 public:
  explicit Speaker(const wait::Graph& graph);

  /// What was said before is no context any more.
  void begin_sentence() { said_ = -1; }
  /// "the parent", "worker 1 (python3)".
  std::string process(int index);
  /// "worker 1", "thread 2 of the parent", "thread 3".
  std::string thread(int index);
  /// "workers 2 to 16 and thread 3 of the parent".
  std::string threads(const std::vector<int>& indices);
  /// "the parent and workers 1 to 3".
  std::string processes(const std::vector<int>& indices,
                        std::string_view word = "and");

 private:
  [[nodiscard]] std::string role(int index) const;
  std::string part(int process, const std::vector<int>& threads);
  std::vector<std::string> ranges(const std::vector<int>& processes);

  const wait::Graph& graph_;
  bool tell_names_;
  std::set<int> told_;  ///< processes whose names were
  int said_ = -1;       ///< the process last named in this sentence
};

}  // namespace poolbugs::judge
