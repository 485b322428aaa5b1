// Many programs at once, watched by a few threads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "harness/plants/generated/life.hpp"

namespace poolbugs::generated {

struct Settings {
  int at_once = 100;
  int watchers = 2;  ///< threads
};

/// Runs what `next` gives until it gives nothing or `stop` says so; `done`
/// gets each of them when it is over. Both are called by one thread at a time.
void run_all(
    const Settings& settings,
    const std::function<std::optional<Program>()>& next,
    const std::function<void(const Life&)>& done,
    const std::function<bool()>& stop = [] { return false; });

/// Which of these are proved falsely, each given `times` chances.
std::vector<bool> which_fail(const Settings& settings,
                             const std::vector<Program>& programs, int times);

/// The smallest program that is still proved falsely, as far as leaving things
/// out leads; `tell` gets every smaller one on the way.
Program minimise(const Settings& settings, Program program,
                 const std::function<void(const Program&)>& tell);

/// All that are smaller by one thing, the largest things first.
std::vector<Program> smaller(const Program& program);

}  // namespace poolbugs::generated
