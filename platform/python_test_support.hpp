// The interpreters of this machine, for tests with each of them.
#pragma once

#include <glob.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace poolbugs::stacks {

inline std::vector<std::string> interpreters() {
  std::vector<std::string> found;
  const auto add = [&](const std::string& path) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(path, failed);
    std::ifstream file(real);
    char start[2] = {};
    file.read(start, 2);
    // pyenv puts scripts on PATH that choose one: it is among the others.
    if (!failed && file && std::memcmp(start, "#!", 2) != 0 &&
        std::ranges::find(found, real.string()) == found.end())
      found.push_back(real);
  };
  std::istringstream folders(std::getenv("PATH") ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    add(folder + "/python3");
  const char* home = std::getenv("HOME");
  glob_t all{};
  const std::string pattern =
      std::string(home ? home : "") + "/.pyenv/versions/*/bin/python";
  if (::glob(pattern.c_str(), 0, nullptr, &all) == 0)
    for (std::size_t i = 0; i < all.gl_pathc; ++i) add(all.gl_pathv[i]);
  ::globfree(&all);
  return found;
}

/// For INSTANTIATE_TEST_SUITE_P.
inline std::string interpreter_name(
    const testing::TestParamInfo<std::string>& one) {
  std::string name = one.param;
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace poolbugs::stacks
