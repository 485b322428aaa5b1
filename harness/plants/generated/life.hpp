// One program from its start to its end, looked at again and again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "harness/plants/generated/judge.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::generated {

/// What became of it.
enum class End {
  none,         ///< it is still going on
  ended,        ///< nobody of it is left
  proved,       ///< somebody is left, and all were proved stuck
  partly,       ///< some were
  never_moved,  ///< nothing was said, and it did not move any more
  moved,        ///< nothing was said; the outside party could move it
  broken,       ///< could not be run
  kCount
};

class Life {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Life(Program program);
  ~Life();
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  /// One look, and what is to be done now. When the next is due.
  Clock::time_point step();

  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] End end() const { return end_; }
  [[nodiscard]] const Judge& judge() const { return judge_; }
  [[nodiscard]] int looks() const { return looks_; }
  /// Why not all were proved, when it was last looked at.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  /// The story of the first false proof.
  [[nodiscard]] std::string story() const;

 private:
  /// What the outside party has done: its script; everything but signals;
  /// that, and let go; and every signal.
  enum class Phase { script, acted, let_go, signalled };

  void look();
  void order(Command command, Phase next);
  void go_on();
  void finish();
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] Clock::duration patience() const;
  [[nodiscard]] Clock::duration pause() const;

  Program program_;
  UniqueFd commands_;
  pid_t guard_ = 0;
  Table* table_;  ///< after the two: with it the guard is started
  Judge judge_;
  Phase phase_ = Phase::script;
  int rounds_ = 0, looks_ = 0;
  bool proved_ = false, moved_by_outside_ = false;
  End end_ = End::none;
  std::string why_not_;
  Progress last_;
  Clock::time_point began_, last_move_, ordered_;
  Clock::duration look_took_{};
};

}  // namespace poolbugs::generated
