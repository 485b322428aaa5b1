#include "harness/catalogue/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "harness/catalogue/manifest.hpp"

namespace poolbugs::catalogue {
namespace {

namespace fs = std::filesystem;
using Faults = std::vector<Fault>;

/// The folders in `parent`, sorted; hidden ones belong to tools, not to us.
std::vector<fs::path> folders_in(const fs::path& parent, Faults& faults) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::directory_iterator entry(parent, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (entry->is_directory(unknown) &&
        !entry->path().filename().string().starts_with('.'))
      found.push_back(entry->path());
  }
  if (error)
    faults.push_back(
        {parent, 0, fmt::format("cannot be read: {}", error.message())});
  std::ranges::sort(found);
  return found;
}

std::vector<fs::path> find_cases(const fs::path& root, Faults& faults) {
  std::vector<fs::path> found;
  for (const fs::path& area : folders_in(root, faults)) {
    const std::string name = area.filename().string();
    if (name == "common") continue;
    if (std::ranges::find(areas(), name) == areas().end()) {
      const std::string proposal = nearest(name, areas());
      faults.push_back(
          {area, 0,
           fmt::format("`{}` is no area; ", name) +
               (proposal.empty()
                    ? fmt::format("move it to one of: {}",
                                  fmt::join(areas(), " "))
                    : fmt::format("did you mean `{}`?", proposal))});
    }
    std::ranges::copy(folders_in(area, faults), std::back_inserter(found));
  }
  return found;
}

/// Names that only one case may have, and who has them.
class Register {
 public:
  explicit Register(std::string_view what) : what_(what) {}

  void enter(const Claim& claim, const fs::path& file, Faults& faults) {
    const auto [owner, is_new] =
        owners_.try_emplace(claim.name, Fault{file, claim.line, {}});
    if (is_new) return;
    Fault first = owner->second;
    first.message.clear();
    faults.push_back(
        {file, claim.line,
         fmt::format("the {0} `{1}` is taken by {2}; choose another {0}", what_,
                     claim.name, first.text())});
  }

 private:
  std::string_view what_;
  std::map<std::string, Fault> owners_;
};

}  // namespace

std::string Fault::text() const {
  // As the reader would type it, if it lies below where they stand.
  std::error_code error;
  const fs::path here = fs::current_path(error);
  fs::path shown = error ? fs::path() : file.lexically_relative(here);
  if (shown.empty() || *shown.begin() == "..") shown = file;
  std::string text = shown.generic_string();
  if (line > 0) text += fmt::format(":{}", line);
  if (!message.empty()) text += fmt::format(": {}", message);
  return text;
}

std::variant<Catalogue, std::vector<Fault>> load(const fs::path& root) {
  Faults faults;
  Catalogue catalogue;
  Register ids("id"), aliases("alias");
  std::error_code error;
  const fs::path absolute = fs::absolute(root, error).lexically_normal();
  for (const fs::path& folder : find_cases(error ? root : absolute, faults)) {
    Manifest manifest = read_case(folder);
    const fs::path file = folder / "case.md";
    std::ranges::move(manifest.faults, std::back_inserter(faults));
    if (!manifest.id.name.empty()) ids.enter(manifest.id, file, faults);
    for (const Claim& alias : manifest.aliases)
      aliases.enter(alias, file, faults);
    catalogue.cases.push_back(std::move(manifest.item));
  }
  if (!faults.empty()) return faults;
  std::ranges::sort(catalogue.cases, {}, [](const Case& item) {
    return std::tie(item.area, item.slug);
  });
  return catalogue;
}

}  // namespace poolbugs::catalogue
