#include "harness/cli/new_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <ostream>
#include <system_error>

#include "harness/catalogue/manifest.hpp"
#include "harness/cli/skeleton.hpp"

namespace poolbugs::cli {
namespace {

namespace fs = std::filesystem;

/// An Error says what to write instead of `name`.
Result<void> check_name(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == name.npos)
    return Error{
        fmt::format("`{}` names no case; write AREA/SLUG, such as "
                    "fork/held-mutex",
                    name)};
  const std::string area = name.substr(0, slash);
  if (std::ranges::find(catalogue::areas(), area) == catalogue::areas().end())
    return Error{fmt::format("`{}` is no area; choose one of: {}", area,
                             fmt::join(catalogue::areas(), " "))};
  if (!catalogue::is_slug(name.substr(slash + 1)))
    return Error{
        fmt::format("`{}` must consist of small letters, digits and "
                    "hyphens",
                    name.substr(slash + 1))};
  return {};
}

/// One more than the highest: an id that was given up is not used again as
/// long as a later one exists.
Result<std::string> next_id(const catalogue::Catalogue& catalogue) {
  int highest = 0;
  for (const catalogue::Case& item : catalogue.cases) {
    int number = 0;
    const std::string_view digits = std::string_view(item.id).substr(3);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    highest = std::max(highest, number);
  }
  if (highest >= 9999) return Error{"all ids up to PB-9999 are taken"};
  return Result<std::string>(boost::system::in_place_value,
                             fmt::format("PB-{:04}", highest + 1));
}

Result<void> write_file(const fs::path& file, const std::string& text) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) return errno_error("write " + file.string(), errno);
  return {};
}

/// Makes the folder of the case; an Error if it is there already.
Result<void> claim_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  const bool is_new = !error && fs::create_directory(folder, error);
  if (error)
    return Error{fmt::format("mkdir {}: {}", folder.string(), error.message())};
  if (!is_new)
    return Error{
        fmt::format("{} exists already; nothing was written", folder.string())};
  return {};
}

int complain(std::ostream& err, const Error& error, int status) {
  err << "poolbugs: " << error.text << "\n";
  return status;
}

}  // namespace

int new_command(const NewOptions& options, std::ostream& out,
                std::ostream& err) {
  if (const auto sound = check_name(options.name); !sound)
    return complain(err, sound.error(), 2);
  const auto catalogue = load_or_explain(options.paths.cases, err);
  if (!catalogue) return 2;
  const Result<std::string> id = next_id(*catalogue);
  if (!id) return complain(err, id.error(), 2);
  const fs::path folder = options.paths.cases / options.name;
  if (const auto claimed = claim_folder(folder); !claimed)
    return complain(err, claimed.error(), 2);
  const std::vector<std::pair<std::string, std::string>> files{
      {"case.md", skeleton_manifest(*id, options.language)},
      {catalogue::file_name("broken", options.language),
       skeleton_program("1", options.language)},
      {catalogue::file_name("fixed", options.language),
       skeleton_program("2", options.language)}};
  for (const auto& [name, text] : files) {
    if (const auto wrote = write_file(folder / name, text); !wrote)
      return complain(err, wrote.error(), 3);
    out << (folder / name).string() << "\n";
  }
  out << fmt::format(
      "{} is {}. Fill in what says TODO, {}then\n"
      "  poolbugs run {}\n",
      options.name, *id,
      options.language == catalogue::Language::cpp ? "build, " : "",
      options.name);
  return 0;
}

}  // namespace poolbugs::cli
