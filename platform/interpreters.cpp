#include "platform/interpreters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

namespace poolbugs {
namespace {

namespace fs = std::filesystem;

#ifdef _WIN32
constexpr char kBetween = ';';
#else
constexpr char kBetween = ':';
#endif

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> split(const std::string& list) {
  std::vector<fs::path> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(kBetween, at), list.size());
    if (end > at) parts.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// python3, python3.12, python2.7; not python3-config. On Windows also python
/// and py, the launcher, and all with .exe.
bool is_python(std::string_view name) {
#ifdef _WIN32
  constexpr std::string_view kEnding = ".exe";
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name == "python" || name == "py") return true;
#endif
  if (name == "python3" || name == "python2.7") return true;
  constexpr std::string_view kStem = "python3.";
  return name.starts_with(kStem) && name.size() > kStem.size() &&
         name.find_first_not_of("0123456789", kStem.size()) == name.npos;
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; at != end;
       at.increment(ignored))
    found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

class Search {
 public:
  /// Not the scripts in `shims`, which start what is found elsewhere.
  void on_path(const fs::path& shims) {
    for (const fs::path& folder : split(variable("PATH"))) {
      if (folder.lexically_normal() == shims.lexically_normal()) continue;
      for (const fs::path& file : entries(folder))
        if (is_python(file.filename().string())) add(file);
    }
  }

  /// VERSION/bin/python3, or python2.7 in one without; VERSION/python.exe.
  void in_versions(const fs::path& folder) {
    for (const fs::path& version : entries(folder)) in_version(version);
  }

  void named(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored))
      add(path);
    else if (!in_version(path))
      in_versions(path);
  }

  std::vector<fs::path> found;

 private:
  bool in_version(const fs::path& folder) {
    std::error_code ignored;
#ifdef _WIN32
    // Nothing else: Wine would start a program of the system around it.
    const std::initializer_list<const char*> names{"python.exe"};
#else
    const std::initializer_list<const char*> names{"bin/python3",
                                                   "bin/python2.7"};
#endif
    for (const char* name : names)
      if (fs::exists(folder / name, ignored)) {
        add(folder / name);
        return true;
      }
    return false;
  }

  /// Links to one file are one candidate; a virtual environment's link is too,
  /// for its library is not the question here.
  void add(const fs::path& file) {
    std::error_code ignored;
    const fs::path real = fs::weakly_canonical(file, ignored);
    if (seen_.insert(real).second) found.push_back(fs::absolute(file));
  }

  std::set<fs::path> seen_;
};

}  // namespace

std::string Interpreter::name() const {
  return fmt::format("cpython-{}{}", fmt::join(version, "."),
                     free_threaded ? "t" : "");
}

std::vector<fs::path> interpreter_candidates() {
  Search search;
  const std::string named = variable("POOLBUGS_PYTHONS");
  if (!named.empty()) {
    for (const fs::path& path : split(named)) search.named(path);
    return search.found;
  }
#ifdef _WIN32
  // Where pyenv-win and uv put them unless a variable says it, they change.
  const auto below = [](const char* name, const char*) {
    return fs::path(variable(name));
  };
#else
  const fs::path home = variable("HOME");
  const auto below = [&](const char* name, const char* usual) {
    const std::string root = variable(name);
    return root.empty() ? home / usual : fs::path(root);
  };
#endif
  const fs::path pyenv = below("PYENV_ROOT", ".pyenv");
  search.on_path(pyenv / "shims");
  search.in_versions(pyenv / "versions");
  search.in_versions(below("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"));
  return search.found;
}

}  // namespace poolbugs
