// One case.md: its keys, its story and its faults.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {

/// A name that no other case may have, and where it stands.
struct Claim {
  std::string name;
  int line = 0;
};

struct Manifest {
  Case item;  ///< whole only if there are no faults
  Claim id;   ///< name is empty if there is none
  std::vector<Claim> aliases;
  /// "broken", "fixed.py": the keys of those with a promise.
  std::vector<Claim> halves;
  std::vector<Fault> faults;
};

/// Reads `folder`/case.md and looks which programs lie beside it.
Manifest read_case(const std::filesystem::path& folder);

/// The key of a program's promise: "broken" in C++, "broken.py".
std::string promise_key(std::string_view program, Language language);

/// Whether a slug or an alias is spelt as one: small letters, digits, hyphens.
bool is_slug(std::string_view text);

/// The platforms that a worker of another build can be of, sorted.
const std::vector<std::string>& peers();

/// The areas that a case can belong to.
const std::vector<std::string>& areas();

}  // namespace poolbugs::catalogue
