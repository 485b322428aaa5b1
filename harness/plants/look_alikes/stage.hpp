// Runs plants, each under an observer of its own (observe.hpp), for the test
// and the soak: who there is, how it is done, what may be said of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/plants/look_alikes/observe.hpp"

namespace poolbugs::look_alikes {

constexpr int kSkipped = 77;

struct Plant {
  std::string name, needs;
  [[nodiscard]] bool has(const char* word) const;
};

/// As the program itself lists them.
std::vector<Plant> list();

struct Settings {
  std::vector<std::string> before;  ///< of the command: setpriv …
  std::string seconds;              ///< for which a plant looks stuck
  std::string folder;               ///< for what observers write
};

struct Seen {
  int status = -1;  ///< of the plant; -1: it had to be killed
  Tally tally;
};

/// As many as `at_once`, until there is no plant left or `stop` says so.
/// `seen` is called by one thread at a time.
void run_all(
    const std::vector<Plant>& plants, int at_once, const Settings& settings,
    const std::function<void(const Plant&, Seen)>& seen,
    const std::function<bool()>& stop = [] { return false; });

/// Ends everything below us.
void kill_the_rest();

/// Whether a proof's condition is the truth about this plant: what rescues it.
bool is_true(const Plant& plant, const std::string& unless);

/// What is wrong with what was said of this plant, a sentence each. Who goes on
/// by a signal alone ("by_signal") may be said to rest until one comes, and be
/// proved if none does. Of who gives up or loses the one that is stuck
/// ("abandons", "killed"), or does what PROOF.md takes for granted not to
/// happen
/// ("granted"), it may also be said that it never goes on.
std::vector<std::string> false_claims(const Plant& plant, const Tally& tally);

/// If we were started by run_all(): be the observer; the status to exit with.
std::optional<int> be_observer(int argc, char** argv);

}  // namespace poolbugs::look_alikes
