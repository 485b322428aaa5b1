// The last question of an examination: has somebody in the tree a timer that
// does not show?
#pragma once

#include <string>
#include <vector>

#include "platform/wait_reader.hpp"

namespace poolbugs::wait {

/// What is to be asked of a tree that may be asked (Tree::ask).
class TimersToAsk {
 public:
  /// `facts` say from here on that POSIX timers are not there, which have yet
  /// to be asked for.
  TimersToAsk(const Tree& tree, Facts& facts);

  /// `facts` say so no more; whether that changes anything.
  bool put_back(Facts& facts);
  [[nodiscard]] bool wanted(const Facts& facts) const;
  /// Puts back, and asks where that is wanted; if everybody says that there is
  /// none, and nobody else ran meanwhile, `facts` know. Otherwise they say what
  /// is armed, or that they are disturbed, or this returns why somebody cannot
  /// be asked: a sentence without its full stop.
  std::string ask(Facts& facts);

 private:
  const Tree& tree_;
  std::vector<long> with_timers_;
};

}  // namespace poolbugs::wait
