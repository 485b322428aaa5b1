#include "harness/plan/runtimes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "harness/catalogue/catalogue.hpp"
#include "harness/plan/plan.hpp"

namespace poolbugs::plan {
namespace {

constexpr std::string_view kAll = "all", kNewest = "cpython";

/// cpython-3.1 names 3.1.4 and not 3.13.0.
bool names(std::string_view text, const Interpreter& one) {
  const std::string name = one.name();
  return name.starts_with(text) &&
         (name.size() == text.size() || name[text.size()] == '.');
}

bool same_minor(const Interpreter& a, const Interpreter& b) {
  return std::equal(a.version.begin(), a.version.begin() + 2,
                    b.version.begin()) &&
         a.free_threaded == b.free_threaded;
}

class Chooser {
 public:
  explicit Chooser(const Interpreters& interpreters) : all_(interpreters) {}

  Result<void> choose(const std::string& name) {
    if (name == kNative || name == kAll) chosen_.native = true;
    if (name == kNative) return {};
    if (name == kNewest || name == kAll) {
      if (all_.found.empty())
        chosen_.no_python = why_none();
      else if (name == kNewest)
        add(newest(), false);
      else
        add_each_minor();
      return {};
    }
    bool any = false;
    for (const Interpreter& one : all_.found)
      if (names(name, one)) {
        add(one, true);
        any = true;
      }
    return any ? Result<void>() : unknown(name);
  }

  Runtimes take() {
    std::ranges::sort(chosen_.python, {}, &ChosenInterpreter::interpreter);
    return std::move(chosen_);
  }

 private:
  /// Not one without the lock, if there is another: few people run those.
  [[nodiscard]] const Interpreter& newest() const {
    const auto usual =
        std::ranges::find(all_.found, false, &Interpreter::free_threaded);
    return usual == all_.found.end() ? all_.found.front() : *usual;
  }

  void add_each_minor() {
    for (const Interpreter& one : all_.found) {
      const bool first = std::none_of(
          all_.found.data(), &one,
          [&](const Interpreter& before) { return same_minor(before, one); });
      if (first) add(one, true);
    }
  }

  void add(const Interpreter& one, bool all_methods) {
    const auto at = std::ranges::find(chosen_.python, &one,
                                      &ChosenInterpreter::interpreter);
    if (at == chosen_.python.end())
      chosen_.python.push_back({&one, all_methods});
    else
      at->all_methods = at->all_methods || all_methods;
  }

  [[nodiscard]] std::string why_none() const {
    if (all_.broken.empty())
      return "no CPython was found: no python3 on PATH, none of pyenv or uv; "
             "POOLBUGS_PYTHONS can name some";
    return fmt::format("no CPython can be used here; {}: {}",
                       all_.broken.front().executable.string(),
                       all_.broken.front().why);
  }

  [[nodiscard]] Error unknown(const std::string& name) const {
    std::vector<std::string> known{std::string(kNative), std::string(kAll)};
    if (!all_.found.empty()) known.emplace_back(kNewest);
    for (const Interpreter& one : all_.found) known.push_back(one.name());
    const std::string proposal = catalogue::nearest(name, known);
    return {fmt::format(
        "there is no runtime `{}` here; {}", name,
        proposal.empty() ? fmt::format("there are: {}", fmt::join(known, " "))
                         : fmt::format("did you mean `{}`?", proposal))};
  }

  const Interpreters& all_;
  Runtimes chosen_;
};

}  // namespace

bool names_python(const std::vector<std::string>& names) {
  return names.empty() || std::ranges::any_of(names, [](const auto& name) {
           return name != kNative;
         });
}

Result<Runtimes> choose_runtimes(const std::vector<std::string>& names,
                                 const Interpreters& interpreters) {
  static const std::vector<std::string> usual{std::string(kNative),
                                              std::string(kNewest)};
  Chooser chooser(interpreters);
  for (const std::string& name : names.empty() ? usual : names)
    if (auto known = chooser.choose(name); !known) return known.error();
  return chooser.take();
}

}  // namespace poolbugs::plan
