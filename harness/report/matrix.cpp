#include "harness/report/matrix.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/behaviour.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/platforms.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Catalogue;
using catalogue::Language;
using Items = std::vector<const Case*>;
using Names = std::vector<std::string>;

/// "hang: orphaned-lock → ok": the broken half, then the fixed one.
std::string pair_text(const Results& results, const Case& item,
                      const Start& start, const std::string& platform) {
  const auto broken = results.at({item.name(), "broken", start, platform});
  const auto fixed = results.at({item.name(), "fixed", start, platform});
  const auto left = cell_text(broken, Detail::brief);
  if (state_of(broken) != CellState::ran && state_of(fixed) != CellState::ran)
    return left;
  const auto right = cell_text(fixed, Detail::brief);
  return left == right ? left : left + " → " + right;
}

/// The start methods of a platform in one cell: "hang → ok" if all are alike,
/// else "fork: hang → ok<br>spawn: ok".
std::string all_starts(const Results& results, const Case& item,
                       const std::string& platform) {
  std::vector<std::pair<std::string, Names>> groups;
  for (const auto& [start, runs] : seen_on(results, item, platform)) {
    if (state_of(runs) != CellState::ran) continue;
    const auto text = pair_text(results, item, start, platform);
    auto at = std::ranges::find(groups, text, [](auto& g) { return g.first; });
    if (at == groups.end()) at = groups.insert(at, {text, {}});
    at->second.push_back(column_name(start));
  }
  if (groups.size() == 1) return groups.front().first;
  std::string text;
  for (const auto& [told, starts] : groups)
    text += fmt::format("{}{}: {}", text.empty() ? "" : "<br>",
                        comma_list(starts), told);
  return text;
}

class Matrix {
 public:
  Matrix(const Results& results, const LinkOf& link_of,
         std::string_view heading, Platforms which)
      : results_(results), link_of_(link_of), heading_(heading), which_(which) {
    for (const auto& name : results.platforms()) {
      const auto known = parse_platform(name);
      const bool architecture = known && known->architecture;
      if (!ran_at_all(name)) continue;
      (architecture ? architectures_ : systems_).push_back(name);
    }
  }

  void add(const Case& item) {
    const auto kind = kind_of(results_, item, systems_);
    if (kind == Kind::never_run)
      never_.push_back(&item);
    else if (kind == Kind::one_alone)
      alone_.push_back(&item);
    else if (item.start.empty())
      (kind == Kind::alike ? own_alike_ : own_).push_back(&item);
    else
      (kind == Kind::platform_decides ? platform_
       : kind == Kind::start_decides  ? start_
                                      : alike_)
          .push_back(&item);
    if (std::ranges::any_of(architectures_, [&](const auto& name) {
          return ran(seen_on(results_, item, name));
        }))
      elsewhere_.push_back(&item);
  }

  [[nodiscard]] std::string text() const {
    auto own = own_;
    own.insert(own.end(), own_alike_.begin(), own_alike_.end());
    return by_start("Where the platform decides", platform_) +
           by_start("Where the start method decides", start_) +
           by_start("The same wherever it ran", alike_) +
           by_start("Programs that start their own children", own) + alone() +
           architectures() + never();
  }

 private:
  struct Column {
    Start start;
    std::string platform;
  };

  [[nodiscard]] bool ran_at_all(const std::string& platform) const {
    return std::ranges::any_of(results_.all(), [&](const Record& record) {
      return record.platform == platform &&
             language_of(record) == Language::cpp &&
             record.outcome != catalogue::Outcome::unsupported;
    });
  }

  [[nodiscard]] std::string section(std::string_view title,
                                    const std::string& body) const {
    return fmt::format("{} {}\n\n{}\n", heading_, title, body);
  }

  /// fork, forkserver, spawn: so spawn stands beside that of the next
  /// platform, which may have no other.
  [[nodiscard]] std::vector<Column> columns_for(const Items& items) const {
    std::vector<Column> columns;
    for (const auto& platform : systems_)
      for (const Start& start :
           {Start(), Start(StartMethod::fork), Start(StartMethod::forkserver),
            Start(StartMethod::spawn)})
        if (std::ranges::any_of(items, [&](const Case* item) {
              return state_of(results_.at({item->name(), "broken", start,
                                           platform})) == CellState::ran;
            }))
          columns.push_back({start, platform});
    return columns;
  }

  [[nodiscard]] std::string by_start(std::string_view title,
                                     const Items& items) const {
    if (items.empty()) return "";
    const auto columns = columns_for(items);
    Names names = {"case"};
    for (const auto& [start, platform] : columns)
      names.push_back(start ? platform + " " + column_name(start) : platform);
    auto table = md::header(names);
    for (const auto* item : items) {
      Names cells = {case_title(*item, link_of_)};
      const auto asked = columns_of(*item, Language::cpp);
      for (const auto& [start, platform] : columns)
        cells.push_back(std::ranges::find(asked, start) == asked.end()
                            ? ""
                            : pair_text(results_, *item, start, platform));
      table += md::row(cells);
    }
    return section(title, table);
  }

  [[nodiscard]] std::string alone() const {
    if (alone_.empty()) return "";
    auto table = md::header({"case", "on", "what happens", "not on"});
    for (const auto* item : alone_) {
      std::string where, what;
      Names not_on;
      for (const auto& platform : systems_) {
        const auto seen = seen_on(results_, *item, platform);
        if (ran(seen)) {
          where = platform;
          what = all_starts(results_, *item, platform);
        } else if (const auto why = why_not(seen); !why.empty()) {
          not_on.push_back(platform + ": " + md::prose(why));
        }
      }
      table += md::row({case_title(*item, link_of_), where, what,
                        fmt::format("{}", fmt::join(not_on, "<br>"))});
    }
    return section("On one system alone", table);
  }

  /// Linux itself first, for comparison.
  [[nodiscard]] std::string architectures() const {
    if (elsewhere_.empty()) return "";
    auto platforms = architectures_;
    if (ran_at_all("linux")) platforms.insert(platforms.begin(), "linux");
    Names names = {"case"}, alike;
    names.insert(names.end(), platforms.begin(), platforms.end());
    auto table = md::header(names);
    int differ = 0;
    for (const auto* item : elsewhere_) {
      const auto kind = kind_of(results_, *item, platforms);
      if (kind != Kind::platform_decides && kind != Kind::one_alone) {
        alike.push_back(case_title(*item, link_of_));
        continue;
      }
      ++differ;
      Names cells = {case_title(*item, link_of_)};
      for (const auto& platform : platforms) {
        const auto seen = seen_on(results_, *item, platform);
        const auto why = why_not(seen);
        cells.push_back(ran(seen)     ? all_starts(results_, *item, platform)
                        : why.empty() ? cell_text({}, Detail::brief)
                                      : "–");
      }
      table += md::row(cells);
    }
    Names are;
    for (const auto& name : architectures_)
      are.push_back(fmt::format("{} is {}", name, parse_platform(name)->is));
    auto text = fmt::format(
        "{}. There ran what may depend on that, and {} of {} failures {} the "
        "same on all of them and on linux",
        fmt::join(are, ", "), alike.size(), elsewhere_.size(),
        alike.size() == 1 ? "is" : "are");
    text += alike.empty() ? "." : ": " + comma_list(alike) + ".";
    text += differ == 0 ? "\n" : "\n\n" + table;
    return section("On other processors", text);
  }

  [[nodiscard]] std::string never() const {
    if (never_.empty() || which_ == Platforms::that_ran) return "";
    auto table = md::header({"case", "needs", "what would happen"});
    for (const auto* item : never_) {
      Names promised;
      const auto* program = item->program("broken", Language::cpp);
      if (program != nullptr)
        for (const auto& one : program->promised)
          for (const auto& promise : one.promises)
            if (const auto text = md::code(promise.text());
                std::ranges::find(promised, text) == promised.end())
              promised.push_back(text);
      table += md::row({case_title(*item, link_of_), comma_list(item->needs),
                        promised.empty()
                            ? "*never run*"
                            : fmt::format("*never run*; promised: {}",
                                          fmt::join(promised, " or "))});
    }
    return section("Never run", table);
  }

  const Results& results_;
  const LinkOf& link_of_;
  std::string_view heading_;
  Platforms which_;
  Names systems_, architectures_;
  Items platform_, start_, alike_, own_, own_alike_, alone_, elsewhere_, never_;
};

/// "windows, macos": systems of which there is nothing at all.
Names never_ran(const Results& results) {
  Names names;
  for (const std::string system : {"linux", "windows", "macos"})
    if (!results.ran_on(system)) names.push_back(system);
  return names;
}

}  // namespace

std::string case_title(const Case& item, const LinkOf& link_of) {
  const auto link = link_of(item);
  const auto name =
      link.empty() ? item.name() : fmt::format("[{}]({})", item.name(), link);
  return name + with_peer(item);
}

std::string answers(const Catalogue& catalogue, const Results& results,
                    Platforms which) {
  std::string text, asked;
  for (const auto& platform : known_platforms()) {
    if (platform.system == "linux" || platform.architecture) continue;
    const std::string name(platform.name);
    const auto told = comparison_text(compare(catalogue, results, name), name,
                                      can_fork(results, name));
    if (told.empty()) continue;
    if (asked != platform.system)
      text += fmt::format("**Does my pool behave the same on {}?** ",
                          system_title(platform.system));
    asked = platform.system;
    text += told;
    if (!platform.is.empty())
      text += fmt::format(" {} is {}.", name, platform.is);
    text += "\n\n";
  }
  if (const auto never = never_ran(results);
      which == Platforms::all && !never.empty())
    text += fmt::format("*Never run*: {}.\n\n", comma_list(never));
  return text;
}

std::string matrix_of(const Catalogue& catalogue, const Results& results,
                      const LinkOf& link_of, std::string_view heading,
                      Platforms which) {
  Matrix matrix(results, link_of, heading, which);
  for (const auto& item : catalogue.cases)
    if (has_programs(item, Language::cpp)) matrix.add(item);
  return matrix.text();
}

}  // namespace poolbugs::report
