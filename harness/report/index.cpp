#include "harness/report/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/cpython.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/page.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Catalogue;
using catalogue::Language;

std::vector<std::string> platforms_of(const Results& results, Platforms which) {
  auto names = results.platforms();
  if (which == Platforms::that_ran)
    std::erase_if(names,
                  [&](const auto& name) { return !results.ran_on(name); });
  return names;
}

std::string linked(const std::string& name, const std::string& link) {
  return link.empty() ? name : fmt::format("[{}]({})", name, link);
}

/// "Windows, macOS" and whatever else a pool may be moved to.
constexpr std::string_view kQuestion =
    "**Does my pool behave the same on Windows, on macOS, on another "
    "processor?** [Failure by failure](#what-happened-where)\n\n";

bool has_programs(const Catalogue& catalogue, Language language) {
  return std::ranges::any_of(catalogue.cases, [&](const Case& item) {
    return report::has_programs(item, language);
  });
}

std::string languages_of(const Case& item) {
  const bool cpp = report::has_programs(item, Language::cpp);
  const bool python = report::has_programs(item, Language::python);
  return cpp && python ? "C++, Python" : cpp ? "C++" : "Python";
}

/// What the programs are written in is told if there is more than one language.
std::string by_symptom(const Catalogue& catalogue, const LinkOf& link_of) {
  std::string text = "## Find your failure by its symptom\n\n";
  const bool tell = has_programs(catalogue, Language::python);
  std::string area;
  for (const auto& item : catalogue.cases) {
    if (item.area != area) {
      if (!area.empty()) text += "\n";
      area = item.area;
      std::vector<std::string> names = {"you have this if", "case"};
      if (tell) names.emplace_back("programs");
      text += fmt::format("### {}\n\n", area) + md::header(names);
    }
    std::vector<std::string> cells = {symptom_of(item),
                                      linked(item.slug, link_of(item))};
    if (tell) cells.push_back(languages_of(item));
    text += md::row(cells);
  }
  return text + "\n";
}

}  // namespace

std::string broken_promises(const Results& results) {
  std::string text;
  for (auto at = results.all().begin(); at != results.all().end(); ++at) {
    if (at->verdict != catalogue::Verdict::broken_promise) continue;
    Runs runs = results.at({at->case_name, at->program, at->start_method,
                            at->platform, at->runtime});
    // Of several repetitions, the first that broke it speaks for all.
    const auto first = std::find_if(runs.begin(), runs.end(), [](auto* run) {
      return run->verdict == catalogue::Verdict::broken_promise;
    });
    if (*first != &*at) continue;
    text += fmt::format(
        "- **{}, {}{}**: {} instead of {}. Reproduce it with {}\n",
        at->case_name, at->platform,
        at->runtime == plan::kNative ? "" : ", " + runtime_title(at->runtime),
        md::prose(outcomes_text(runs, Detail::full)), promised_text(runs),
        md::code(command_of(*at)));
    for (const auto& sentence : reasons_of(*at))
      text += "  - " + md::prose(sentence) + "\n";
  }
  return text;
}

std::string totals_list(const Results& results, Platforms which) {
  std::string text;
  for (const auto& platform : platforms_of(results, which)) {
    const auto native = totals_of(results.all(), platform, Language::cpp);
    const auto python = totals_of(results.all(), platform, Language::python);
    if (native.runs == 0 && python.runs == 0)
      text += fmt::format("- {}: *never run*\n", platform);
    if (native.runs > 0)
      text += fmt::format("- {}: {}\n", platform, totals_text(native));
    if (python.runs > 0) {
      const auto minors = results.minors(platform);
      text += fmt::format("- {}, CPython{}{}: {}\n", platform,
                          minors.empty() ? "" : " ", minors_text(minors),
                          totals_text(python));
    }
  }
  return text;
}

std::string index_page(const Catalogue& catalogue, const Results& results,
                       const LinkOf& link_of) {
  auto text = fmt::format(
      "{}; do not edit: the next run writes it again. -->\n"
      "# How process pools fail\n\n"
      "{} failures of process pools, each shown by a minimal program and by "
      "the same program repaired. Both halves were run, under every way to "
      "start a worker, and what they did was held against what the case "
      "promises. Find yours by what you see; its page tells why it happens, "
      "what fixes it, and the command that shows it.\n\n",
      kPageMark, catalogue.cases.size());
  const auto headline = cpython_headline(catalogue, results);
  if (!headline.empty())
    text += headline +
            " [Failure by failure, version by version](cpython.md)"
            "\n\n";
  text += kQuestion;
  if (const auto broken = broken_promises(results); !broken.empty())
    text += "## Broken promises\n\n" + broken + "\n";
  text += by_symptom(catalogue, link_of);
  text += "## What happened where\n\n" +
          answers(catalogue, results, Platforms::all) +
          fmt::format(
              "{}A cell reads *broken program → repaired program*, or one "
              "word if both did the same. What follows a colon is the cause; "
              "each system has its own names for those, so platforms are "
              "compared by outcome. **✗**: a broken promise; –: cannot be done "
              "there; empty: a start method that the case has nothing to say "
              "about; *never run*: nothing is known. `spawn` starts a new "
              "process from the program's file, on Windows by "
              "`CreateProcess`.\n\n",
              !has_programs(catalogue, Language::python) ? ""
              : headline.empty() ? "The programs in C++. "
                                 : "The programs in C++; those in Python have "
                                   "[a page of their own](cpython.md). ") +
          matrix_of(catalogue, results, link_of, "###", Platforms::all);
  text += "## Totals\n\n" + totals_list(results, Platforms::all);
  return text;
}

}  // namespace poolbugs::report
