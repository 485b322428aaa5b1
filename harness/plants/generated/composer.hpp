// Composes a program link by link: somebody waits, somebody (or something)
// wakes him. All links together can always be done in the order in which they
// were added; what makes a program hang comes afterwards (generate.cpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/plants/generated/generate.hpp"

namespace poolbugs::generated {

/// splitmix64: the same numbers everywhere, unlike <random>'s distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  int below(int n) {
    return static_cast<int>(next() % static_cast<std::uint64_t>(n));
  }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
  }

 private:
  std::uint64_t state_;
};

struct Actor {
  int process = 0, thread = 0;
  bool operator==(const Actor&) const = default;
};

class Composer {
 public:
  Composer(std::uint64_t seed, const Taste& taste)
      : random_(seed), taste_(taste) {}
  Program compose();

 private:
  // The tree.
  void add_processes();
  void start_all();
  void close_the_rest();
  void end_all();

  // One link each: `a` waits, `b` wakes.
  void link();
  void byte(Actor a, Actor b);
  void several(Actor a, Actor b);
  void room(Actor a, Actor b);
  void end_of_file(Actor a, Actor b);
  void word(Actor a, Actor b);
  void mutex(Actor a, Actor b);
  void semaphore(Actor a, Actor b);
  void condition(Actor a, Actor b);
  void barrier(Actor a, Actor b);
  void file_lock(Actor a, Actor b);
  void system_v(Actor a, Actor b);
  void child(Actor a);
  void join(Actor a);
  void timer(Actor a, Actor b);
  void flight(Actor a, Actor b);
  void from_outside(Actor a);
  void requeue(Actor a, Actor b);
  // With signals.
  void interrupt(Actor a, Actor b);
  void taken(Actor a, Actor b);
  void by_handler(Actor a, Actor b);
  void alarm(Actor a);
  void async(Actor a, Actor b);
  void stop(Actor a, Actor b);
  void parent_death(Actor a);
  void child_signal(Actor a);
  void block_in_main(Actor a, int signal);

  // Helpers.
  [[nodiscard]] bool wants(Feature feature) const {
    return taste_.has(feature);
  }
  Script& script(Actor actor);
  void add(Actor actor, Op op) { script(actor).push_back(std::move(op)); }
  void add(Actor actor, Act act, Target target = {}, int value = 0);
  void outside(Act act, Target target, int value = 0);
  void rest(Actor actor);
  Actor any_actor();
  [[nodiscard]] bool shares_memory(Actor actor) const;
  int object(ObjectKind kind, Place place = Place::own, int flavour = 0,
             int outside = 0);
  Target end(int object, int end = 0) { return {Target::object, object, end}; }
  Place place_for(Actor a, Actor b);
  int time() { return random_.one_of<int>({40, 120, 250}); }
  int endless_or_time() { return random_.chance(15) ? time() : -1; }
  /// Something that nobody else ends.
  void wait_for_nothing(Actor a);
  void read(Actor a, Target from);
  void write(Actor b, Target to);
  void handler(Actor a, int signal, Act then = Act::rest, Target target = {});
  void send(Actor a, Actor b, int signal);

  Random random_;
  const Taste& taste_;
  Program program_;
  std::vector<Actor> actors_;
  std::vector<Script> prefixes_;  ///< of processes: before all else
  std::vector<bool> forked_by_thread_, sharing_;
};

}  // namespace poolbugs::generated
