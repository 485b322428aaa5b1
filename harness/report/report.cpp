#include "harness/report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/report/cpython.hpp"
#include "harness/report/diff.hpp"
#include "harness/report/files.hpp"
#include "harness/report/index.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/merge.hpp"
#include "harness/report/page.hpp"
#include "harness/report/read.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {
namespace {

namespace fs = std::filesystem;
using catalogue::Case;
using catalogue::Catalogue;
using catalogue::Language;

/// The folders of DIR that hold results.
Result<std::vector<std::string>> platforms_in(const fs::path& dir) {
  std::vector<std::string> names;
  std::error_code why;
  if (!fs::exists(dir, why)) return names;
  for (fs::directory_iterator at(dir, why), end; !why && at != end;
       at.increment(why)) {
    std::error_code ignored;
    if (fs::exists(at->path() / "results.jsonl", ignored))
      names.push_back(at->path().filename().string());
  }
  if (why)
    return Error{fmt::format("opendir {}: {}", dir.string(), why.message())};
  std::sort(names.begin(), names.end());
  return names;
}

/// "" if the two lie in different trees: such a link would tell of folders of
/// this machine and lead nowhere else.
std::string relative_link(const fs::path& from, const Case& item) {
  std::error_code ignored;
  const fs::path folder = fs::weakly_canonical(item.folder, ignored);
  // Absolute first: of a relative path that is not there yet, the canonical
  // one is itself.
  const fs::path start = fs::weakly_canonical(fs::absolute(from), ignored);
  const fs::path tree = folder.parent_path().parent_path().parent_path();
  const fs::path inside = start.lexically_relative(tree);
  if (inside.empty() || *inside.begin() == "..") return "";
  return folder.lexically_relative(start).generic_string();
}

class Writer {
 public:
  Writer(const Catalogue& catalogue, const std::vector<Record>& records,
         fs::path dir)
      : catalogue_(catalogue),
        fresh_(records),
        dir_(std::move(dir)),
        whole_(!complete_in(catalogue, records).empty()) {
    for (const auto& record : records) {
      own_platforms_.insert(record.platform);
      own_cases_.insert(record.case_name);
    }
  }

  Result<Written> write() {
    if (auto done = merge_with_old(); !done) return done.error();
    for (const auto& platform : platforms_)
      if (auto done = write_platform(platform); !done) return done.error();
    const auto link_of = [&](const Case& item) { return index_link(item); };
    if (auto done = write_cpython(link_of); !done) return done.error();
    if (auto done =
            put(dir_ / "index.md", index_page(catalogue_, results_, link_of));
        !done)
      return done.error();
    return std::move(written_);
  }

 private:
  /// Old results and new ones into results_ and platforms_.
  Result<void> merge_with_old() {
    const auto old_platforms = platforms_in(dir_);
    if (!old_platforms) return old_platforms.error();
    platforms_.insert(old_platforms->begin(), old_platforms->end());
    platforms_.insert(own_platforms_.begin(), own_platforms_.end());

    std::vector<Record> old;
    for (const auto& platform : *old_platforms) {
      auto read = read_records(dir_ / platform / "results.jsonl");
      if (!read) return read.error();
      if (!read->cut.empty()) return Error{read->cut};
      std::ranges::move(read->records, std::back_inserter(old));
    }
    auto merged = merge(catalogue_, fresh_, old);
    written_.unknown = std::move(merged.unknown);
    results_ =
        Results(without_old_evidence(Results(std::move(merged.records)).all()));
    return {};
  }

  Result<void> write_platform(const std::string& platform) {
    for (const auto& item : catalogue_.cases) {
      if (!whole_ && !own_cases_.contains(item.name())) continue;
      if (!results_.has_page(item.name(), platform)) {
        const auto page = page_of(item, platform);
        std::error_code why;
        if (!fs::exists(page, why)) continue;
        if (auto done = delete_page(page); !done) return done.error();
        continue;
      }
      if (auto done = write_page(item, platform); !done) return done.error();
    }
    if (whole_)
      if (auto done = delete_stale(platform); !done) return done.error();
    std::string lines;
    for (const auto& record : results_.all())
      if (record.platform == platform) lines += to_json(record).dump() + "\n";
    return put(dir_ / platform / "results.jsonl", lines);
  }

  [[nodiscard]] fs::path page_of(const Case& item,
                                 const std::string& platform) const {
    return dir_ / platform / item.area / (item.slug + ".md");
  }

  Result<void> write_page(const Case& item, const std::string& platform) {
    const auto file = page_of(item, platform);
    PageInput page{
        item, results_, platform, relative_link(file.parent_path(), item),
        {},   {},       {}};
    for (const auto language : {Language::cpp, Language::python}) {
      const auto* broken_program = item.program("broken", language);
      const auto* fixed_program = item.program("fixed", language);
      if (broken_program == nullptr || fixed_program == nullptr) continue;
      const auto broken = read_file(broken_program->source);
      if (!broken) return broken.error();
      const auto fixed = read_file(fixed_program->source);
      if (!fixed) return fixed.error();
      const bool cpp = language == Language::cpp;
      (cpp ? page.cpp_diff : page.python_diff) = unified_diff(*broken, *fixed);
      if (!cpp) page.broken_py = *broken;
    }
    return put(file, case_page(page));
  }

  Result<void> write_cpython(const LinkOf& link_of) {
    const auto file = dir_ / "cpython.md";
    const auto page = cpython_page(catalogue_, results_, link_of);
    if (!page.empty()) return put(file, page);
    std::error_code why;
    return fs::exists(file, why) ? delete_ours(file) : Result<void>();
  }

  /// Pages that tell of nothing any more; never a file that is not ours.
  Result<void> delete_stale(const std::string& platform) {
    std::error_code why;
    std::vector<fs::path> pages;
    for (fs::recursive_directory_iterator at(dir_ / platform, why), end;
         !why && at != end; at.increment(why))
      if (at.depth() == 1 && at->path().extension() == ".md")
        pages.push_back(at->path());
    std::sort(pages.begin(), pages.end());
    for (const auto& page : pages) {
      const auto name =
          page.parent_path().filename().string() + "/" + page.stem().string();
      if (results_.has_page(name, platform)) continue;
      if (auto done = delete_page(page); !done) return done.error();
    }
    return {};
  }

  Result<void> delete_page(const fs::path& page) {
    if (auto done = delete_ours(page); !done) return done.error();
    std::error_code why;
    fs::remove(page.parent_path(), why);  // only if nothing else is there
    return {};
  }

  Result<void> delete_ours(const fs::path& page) {
    const auto text = read_file(page);
    if (!text) return text.error();
    if (!text->starts_with(kPageMark)) return {};
    std::error_code why;
    if (!fs::remove(page, why) && why)
      return Error{fmt::format("unlink {}: {}", page.string(), why.message())};
    written_.deleted.push_back(page);
    return {};
  }

  std::string index_link(const Case& item) const {
    for (const auto& platform : results_.platforms())
      if (results_.has_page(item.name(), platform))
        return fmt::format("{}/{}.md", platform, item.name());
    return relative_link(dir_, item);
  }

  Result<void> put(const fs::path& file, const std::string& text) {
    const auto done = write_if_changed(file, text);
    if (!done) return done.error();
    if (*done) written_.changed.push_back(file);
    return {};
  }

  const Catalogue& catalogue_;
  const std::vector<Record>& fresh_;
  fs::path dir_;
  bool whole_;  ///< all runs of at least one runtime are new
  std::set<std::string> own_platforms_, own_cases_, platforms_;
  Results results_{{}};
  Written written_;
};

}  // namespace

Result<Written> write_reports(const Catalogue& catalogue,
                              const std::vector<Record>& records,
                              const fs::path& dir) {
  return Writer(catalogue, records, dir).write();
}

Result<void> write_environment(const Environment& environment,
                               const fs::path& dir,
                               const std::string& platform) {
  auto text =
      fmt::format("# What the results of {} were measured on\n\n", platform) +
      md::header({"", ""});
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += md::row({name, md::prose(value)});
  };
  add("kernel", environment.kernel);
  add("C library", environment.libc);
  add("compiler", environment.compiler);
  add("Boost", environment.boost);
  add("sandbox", environment.sandbox);
  add("date", environment.date);
  return write_file(dir / platform / "environment.md", text);
}

std::string github_summary(const Catalogue& catalogue,
                           const std::vector<Record>& records) {
  const Results results(records);
  auto text = "## poolbugs\n\n" + totals_list(results, Platforms::that_ran);
  if (const auto told = answers(catalogue, results, Platforms::that_ran);
      !told.empty())
    text += "\n" + told;
  if (const auto broken = broken_promises(results); !broken.empty())
    text += "\n### Broken promises\n\n" + broken;
  const auto no_link = [](const Case&) { return std::string(); };
  if (const auto headline = cpython_headline(catalogue, results);
      !headline.empty())
    text += "\n" + headline + "\n";
  return text + "\n" +
         md::details("Every case, broken → repaired",
                     matrix_of(catalogue, results, no_link, "####",
                               Platforms::that_ran));
}

}  // namespace poolbugs::report
