#include "harness/catalogue/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "harness/catalogue/keys.hpp"
#include "harness/catalogue/markdown.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

namespace fs = std::filesystem;

/// Holds the sources beside a case.md against its promises.
class Halves {
 public:
  /// `toml_line` is 0 for a text that is not TOML: what that promises is not
  /// known.
  Halves(const fs::path& file, int toml_line, Manifest& manifest)
      : file_(file), toml_line_(toml_line), manifest_(manifest) {}

  /// Of a language that is used at all, both halves must be there, each as a
  /// source and as a promise.
  void check() {
    const bool python = is_used(Language::python);
    if (is_used(Language::cpp) || !python) check(Language::cpp);
    if (python) check(Language::python);
    for (Program& program : manifest_.item.programs)
      program.source = manifest_.item.folder / program.file_name();
  }

 private:
  static constexpr const char* kHalves[] = {"broken", "fixed"};

  [[nodiscard]] bool exists(const std::string& source) const {
    std::error_code error;
    return fs::is_regular_file(manifest_.item.folder / source, error);
  }
  [[nodiscard]] const Claim* claim(const std::string& key) const {
    const auto at = std::ranges::find(manifest_.halves, key, &Claim::name);
    return at == manifest_.halves.end() ? nullptr : &*at;
  }
  [[nodiscard]] bool is_used(Language language) const {
    return std::ranges::any_of(kHalves, [&](const char* half) {
      return exists(file_name(half, language)) ||
             claim(promise_key(half, language)) != nullptr;
    });
  }

  void check(Language language) {
    for (const std::string half : kHalves) {
      const std::string source = file_name(half, language);
      const std::string key = promise_key(half, language);
      const std::string promise = fmt::format(
          "`{} = \"{}\"`",
          language == Language::cpp ? key : fmt::format("\"{}\"", key),
          half == "fixed" ? "ok" : "hang");
      const Claim* promised = claim(key);
      if (!exists(source) && promised != nullptr)
        fault(promised->line,
              fmt::format("`{}` is promised, but there is no {} beside "
                          "case.md; write it",
                          key, source));
      else if (!exists(source) && toml_line_ > 0)
        fault(toml_line_,
              fmt::format("the half `{}` is missing; write {} and its "
                          "promise, {}",
                          key, source, promise));
      else if (!exists(source))
        fault(0,
              fmt::format("there is no {} beside case.md; write it", source));
      else if (promised == nullptr && toml_line_ > 0)
        fault(toml_line_,
              fmt::format("{} has no promise; write {}", source, promise));
    }
  }
  void fault(int line, std::string message) {
    manifest_.faults.push_back({file_, line, std::move(message)});
  }

  const fs::path& file_;
  int toml_line_;
  Manifest& manifest_;
};

void check_place(Manifest& manifest) {
  const Case& item = manifest.item;
  const auto fault = [&](std::string message) {
    manifest.faults.push_back({item.folder, 0, std::move(message)});
  };
  if (!is_slug(item.slug))
    fault(
        fmt::format("the folder name `{}` must consist of small letters, "
                    "digits and hyphens",
                    item.slug));
}

}  // namespace

const std::vector<std::string>& peers() {
  static const std::vector<std::string> names{"aarch64", "i386", "s390x",
                                              "windows"};
  return names;
}

const std::vector<std::string>& areas() {
  static const std::vector<std::string> names{
      "serialization", "fork",      "spawn", "channel", "lifecycle",
      "shutdown",      "resources", "async", "windows", "macos"};
  return names;
}

std::string promise_key(std::string_view program, Language language) {
  return language == Language::cpp ? std::string(program)
                                   : file_name(program, language);
}

bool is_slug(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             text.npos;
}

Manifest read_case(const fs::path& folder) {
  Manifest manifest;
  manifest.item.folder = folder;
  manifest.item.area = folder.parent_path().filename().string();
  manifest.item.slug = folder.filename().string();
  check_place(manifest);

  const fs::path file = folder / "case.md";
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) {
    manifest.faults.push_back(
        {folder, 0,
         fmt::format("there is no case.md; `poolbugs new {}` writes one",
                     manifest.item.name())});
    return manifest;
  }
  const auto read = read_manifest(file);
  if (const Fault* fault = std::get_if<Fault>(&read)) {
    manifest.faults.push_back(*fault);
    return manifest;
  }
  Page page = read_page(file, std::get<std::string>(read));
  const bool is_toml =
      page.toml && read_keys(page.toml->text, page.toml->line, file, manifest);
  Halves(file, is_toml ? page.toml->line - 1 : 0, manifest).check();
  manifest.item.story = std::move(page.story);
  std::ranges::move(page.faults, std::back_inserter(manifest.faults));
  std::ranges::stable_sort(manifest.faults, {}, &Fault::line);
  return manifest;
}

}  // namespace poolbugs::catalogue
