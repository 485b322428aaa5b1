// Whether anybody of a process tree runs: asked many times a second, so it must
// cost next to nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace poolbugs {

struct Glance {
  bool runs = false;     ///< somebody was seen on a CPU, or wanting one
  bool changed = false;  ///< or ran since the last glance, came, or went
  int seen = 0;          ///< threads looked at; all of them if !runs
  std::chrono::nanoseconds cost{};  ///< CPU time of this thread
};

/// Remembers the threads below a process (without it) from glance to glance.
class Glancer {
 public:
  explicit Glancer(long above);
  ~Glancer();
  Glancer(const Glancer&) = delete;
  Glancer& operator=(const Glancer&) = delete;

  /// Ends with the first thread that runs, and asks the last ones first. A
  /// glance without `runs` and `changed` proves nothing: it says that a closer
  /// look is worth its price.
  Glance look();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace poolbugs
