// Which runtimes a selection names.
#pragma once

#include <string>
#include <vector>

#include "platform/interpreters.hpp"
#include "platform/result.hpp"

namespace poolbugs::plan {

/// An interpreter whose turn it is.
struct ChosenInterpreter {
  const Interpreter* interpreter;
  bool all_methods;  ///< else one start method of each program is enough
};

struct Runtimes {
  bool native = false;
  /// The newest first, each once; they point into the Interpreters.
  std::vector<ChosenInterpreter> python;
  /// A Python was wanted, whichever, and none is there: why.
  std::string no_python;
};

/// Whether the names can mean an interpreter at all.
bool names_python(const std::vector<std::string>& names);

/// `names` as in Selection::runtimes. An Error tells of a name that means
/// nothing here, with the nearest one that does.
Result<Runtimes> choose_runtimes(const std::vector<std::string>& names,
                                 const Interpreters& interpreters);

}  // namespace poolbugs::plan
