#include "harness/cli/paths.hpp"

#include <ostream>

namespace poolbugs::cli {

Paths default_paths() {
  const std::filesystem::path source = POOLBUGS_SOURCE_DIR;
  const std::filesystem::path binary = POOLBUGS_BINARY_DIR;
  return {source / "cases", binary / "cases", binary.parent_path(),
          binary / "poolbugs-jail", source / "reports"};
}

std::optional<catalogue::Catalogue> load_or_explain(
    const std::filesystem::path& cases, std::ostream& err) {
  auto loaded = catalogue::load(cases);
  if (auto* good = std::get_if<catalogue::Catalogue>(&loaded))
    return std::move(*good);
  const auto& faults = std::get<std::vector<catalogue::Fault>>(loaded);
  for (const catalogue::Fault& fault : faults) err << fault.text() << "\n";
  err << "poolbugs: " << faults.size()
      << (faults.size() == 1 ? " fault" : " faults")
      << " in the manifests; nothing was run\n";
  return std::nullopt;
}

}  // namespace poolbugs::cli
