// A throw-away cases/ folder for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace poolbugs::catalogue {

/// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::random_device random;
    do
      path_ = std::filesystem::path(testing::TempDir()) /
              ("poolbugs-" + std::to_string(random()));
    while (!std::filesystem::create_directory(path_));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  void write(const std::filesystem::path& name, const std::string& text) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

/// The story that every sound manifest ends with: lines 1 to 8 of it.
inline const std::string kStory =
    "## What goes wrong\nA.\n## What you see\nB.\n"
    "## What triggers it\nC.\n## What fixes it\nD.\n";

/// Line 2 is `id`, line 3 `title`, line 4 `broken`, line 5 `fixed`, line 6 on
/// are `more`.
inline std::string manifest(const std::string& more = "",
                            const std::string& broken = "\"hang\"",
                            const std::string& id = "PB-0001") {
  return "```toml\nid = \"" + id + "\"\ntitle = \"T\"\nbroken = " + broken +
         "\nfixed = \"ok\"\n" + more + "```\n" + kStory;
}

/// A case with both sources.
inline void write_case(const TemporaryFolder& root, const std::string& name,
                       const std::string& text) {
  root.write(name + "/case.md", text);
  root.write(name + "/broken.cpp", "int main() {}\n");
  root.write(name + "/fixed.cpp", "int main() {}\n");
}

}  // namespace poolbugs::catalogue
