#include <fmt/format.h>

#include <algorithm>

#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {
namespace {

/// `*` stands for any characters, `?` for one. Goes back to the last star
/// only, so the time is at most the product of the lengths.
bool glob_matches(std::string_view text, std::string_view glob) {
  std::size_t t = 0, g = 0;
  std::size_t star = glob.npos, taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != glob.npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == glob.npos;
}

std::vector<std::string> names_of(const Case& item) {
  std::vector<std::string> names{item.name(), item.slug, item.area, item.id};
  names.insert(names.end(), item.aliases.begin(), item.aliases.end());
  return names;
}

}  // namespace

bool matches(const Case& item, std::string_view pattern) {
  const std::vector<std::string> names = names_of(item);
  return std::ranges::find(names, pattern) != names.end() ||
         glob_matches(item.name(), pattern);
}

Result<std::vector<Case>> select(const Catalogue& catalogue,
                                 const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const Case& item : catalogue.cases)
    std::ranges::move(names_of(item), std::back_inserter(names));
  for (const std::string& pattern : patterns) {
    if (std::ranges::any_of(catalogue.cases, [&](const Case& item) {
          return matches(item, pattern);
        }))
      continue;
    const std::string proposal = nearest(pattern, names);
    return Error{fmt::format("no case matches `{}`; ", pattern) +
                 (proposal.empty()
                      ? "`poolbugs list` shows all cases"
                      : fmt::format("did you mean `{}`?", proposal))};
  }
  std::vector<Case> found;
  std::ranges::copy_if(
      catalogue.cases, std::back_inserter(found), [&](const Case& item) {
        return patterns.empty() ||
               std::ranges::any_of(patterns, [&](const std::string& pattern) {
                 return matches(item, pattern);
               });
      });
  return found;
}

}  // namespace poolbugs::catalogue
