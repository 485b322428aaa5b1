#include "harness/cli/show_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

namespace poolbugs::cli {
namespace {

using catalogue::Case;
using catalogue::Program;

Result<Case> only_case(const catalogue::Catalogue& catalogue,
                       const std::string& pattern) {
  auto cases = catalogue::select(catalogue, {pattern});
  if (!cases) return cases.error();
  if (cases->size() == 1) return std::move(cases->front());
  std::vector<std::string> names;
  for (const Case& item : *cases) names.push_back(item.name());
  return Error{fmt::format("`{}` names {} cases; choose one of: {}", pattern,
                           names.size(), fmt::join(names, " "))};
}

void write_list(std::string_view what, const std::vector<std::string>& words,
                std::ostream& out) {
  if (!words.empty())
    out << fmt::format("{:<10}{}\n", what, fmt::join(words, ", "));
}

void write_promises(const Program& program, std::ostream& out) {
  out << program.file_name() << " promises\n";
  for (const catalogue::ConditionalPromise& item : program.promised) {
    std::vector<std::string> texts;
    for (const catalogue::Promise& promise : item.promises)
      texts.push_back(promise.text());
    const std::string& when = item.when.text();
    out << fmt::format("  {:<20} {}\n", when == "true" ? "always" : when,
                       fmt::join(texts, ", or "));
  }
}

void write_case(const Case& item, std::ostream& out) {
  out << fmt::format("{}  {}\n{}\n\n", item.id, item.name(), item.title);
  const auto write_starts = [&](std::string_view what, const auto& methods) {
    std::vector<std::string> starts;
    for (const StartMethod method : methods)
      starts.emplace_back(to_string(method));
    if (starts.empty()) starts.emplace_back("its own children");
    write_list(what, starts, out);
  };
  if (item.program("broken", catalogue::Language::cpp) != nullptr)
    write_starts("starts", item.start);
  if (item.program("broken", catalogue::Language::python) != nullptr)
    write_starts("in Python", item.python_start);
  if (item.python)
    out << fmt::format("{:<10}{}\n", "needs", item.python->text());
  if (!item.peer.empty())
    out << fmt::format("{:<10}a worker built for {}\n", "needs", item.peer);
  write_list("needs", item.needs, out);
  write_list("also", item.aliases, out);
  write_list("see", item.links, out);
  for (const Program& program : item.programs) write_promises(program, out);
  for (const catalogue::Section& section : item.story)
    out << fmt::format("\n{}\n{:-<{}}\n{}\n", section.heading, "",
                       section.heading.size(), section.body);
  out << "\nThe programs are in " << item.folder.string() << "\n";
}

}  // namespace

int show_command(const ShowOptions& options, std::ostream& out,
                 std::ostream& err) {
  const auto catalogue = load_or_explain(options.paths.cases, err);
  if (!catalogue) return 2;
  const Result<Case> item = only_case(*catalogue, options.pattern);
  if (!item) {
    err << "poolbugs: " << item.error().text << "\n";
    return 2;
  }
  write_case(*item, out);
  return 0;
}

}  // namespace poolbugs::cli
