#include "harness/plants/generated/generate.hpp"

#include <algorithm>
#include <array>

#include "harness/plants/generated/composer.hpp"

namespace poolbugs::generated {
namespace {

constexpr std::array kFeatures{"signals", "stops",  "names",  "requeue",
                               "sharing", "flight", "deaths", "outside"};
static_assert(kFeatures.size() == static_cast<std::size_t>(Feature::kCount));

/// Without these nothing begins, or a signal kills where it should not.
bool must_stay(Act act) {
  return act == Act::start || act == Act::fork || act == Act::clone_vm ||
         act == Act::vfork || act == Act::handle || act == Act::block;
}

/// Who wakes nobody, waits in another order or once more, keeps an end open:
/// what makes programs hang.
class Mutation {
 public:
  Mutation(Program& program, Random& random)
      : program_(program), random_(random) {}

  void operator()() {
    auto& processes = program_.processes;
    Process& process = processes[static_cast<std::size_t>(
        random_.below(static_cast<int>(processes.size())))];
    Script& script = process.threads[static_cast<std::size_t>(
        random_.below(static_cast<int>(process.threads.size())))];
    if (!program_.outside.empty() && random_.chance(15)) {
      const int at = random_.below(static_cast<int>(program_.outside.size()));
      program_.outside.erase(program_.outside.begin() + at);
      return;
    }
    if (script.empty()) return;
    const int at = random_.below(static_cast<int>(script.size()));
    Op& op = script[static_cast<std::size_t>(at)];
    if (must_stay(op.act)) return;
    const int how = random_.below(10);
    if (how < 6) {
      script.erase(script.begin() + at);
    } else if (how < 9) {
      const auto next = static_cast<std::size_t>(at) + 1;
      if (next < script.size() && !must_stay(script[next].act))
        std::swap(op, script[next]);
    } else {
      const Op again = op;
      script.insert(script.begin() + at, again);
    }
  }

 private:
  Program& program_;
  Random& random_;
};

}  // namespace

const char* name_of(Feature feature) {
  return kFeatures[static_cast<std::size_t>(feature)];
}

bool Taste::has(Feature feature) const {
  return std::find(without.begin(), without.end(), feature) == without.end();
}

Program generate(std::uint64_t seed, const Taste& taste) {
  Program program = Composer(seed, taste).compose();
  Random random(~seed);
  Mutation mutate(program, random);
  for (int i = random.one_of<int>({0, 0, 1, 1, 1, 2, 2, 3, 4}); i > 0; --i)
    mutate();
  return program;
}

}  // namespace poolbugs::generated
