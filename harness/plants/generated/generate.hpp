// Makes programs from seeds: a seed and the same settings are the same program,
// everywhere and for ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/plants/generated/program.hpp"

namespace poolbugs::generated {

/// Parts of the language that can be left out.
enum class Feature {
  signals,  ///< handlers, masks, alarms, POSIX timers, O_ASYNC
  stops,    ///< stop and continue
  names,    ///< named semaphores
  requeue,
  sharing,  ///< children that share the memory
  flight,   ///< descriptors under way in sockets
  deaths,   ///< signals at a parent's death
  outside,  ///< an outside party at all
  kCount
};

const char* name_of(Feature feature);

struct Taste {
  std::vector<Feature> without;
  [[nodiscard]] bool has(Feature feature) const;
};

Program generate(std::uint64_t seed, const Taste& taste = {});

}  // namespace poolbugs::generated
