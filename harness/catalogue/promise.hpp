// The promises of a program, as TOML writes them.
#pragma once

#include <toml++/toml.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/catalogue/case.hpp"

namespace poolbugs::catalogue {

/// Called for each fault with its line of the TOML text (1-based).
using Complain = std::function<void(int line, std::string message)>;

/// "outcome" or "outcome: cause"; an Error says what to write instead.
Result<Promise> parse_promise(std::string_view text);

/// A string is one promise, a list of strings are alternatives, a list of
/// [condition, promises] pairs are conditional promises, in written order.
std::vector<ConditionalPromise> read_promises(const toml::node& node,
                                              std::string_view key,
                                              const Complain& complain);

}  // namespace poolbugs::catalogue
