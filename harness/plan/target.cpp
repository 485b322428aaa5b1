#include "harness/plan/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <cstdlib>
#include <optional>
#include <sstream>
#include <system_error>

namespace poolbugs::plan {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "target.toml";

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || fs::equivalent(a, b, error);
}

/// On PATH, or a path already.
std::optional<fs::path> find_command(const std::string& name) {
  if (fs::path(name).has_parent_path())
    return is_there(name) ? std::optional(fs::path(name)) : std::nullopt;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (!folder.empty() && is_there(fs::path(folder) / name))
      return fs::absolute(fs::path(folder) / name);
  return std::nullopt;
}

/// The words of a list of strings; nothing if it is none.
std::optional<std::vector<std::string>> strings(const toml::table& keys,
                                                std::string_view key) {
  const toml::node* node = keys.get(key);
  const toml::array* list = node == nullptr ? nullptr : node->as_array();
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> words;
  for (const toml::node& item : *list) {
    const auto word = item.value_exact<std::string>();
    // One word a line is how a command is handed down.
    if (!word || word->empty() || word->find('\n') != word->npos)
      return std::nullopt;
    words.push_back(*word);
  }
  return words;
}

/// target.toml, and what it says must be on PATH.
struct File {
  Target target;
  std::vector<std::string> needs;
};

Result<File> parse_target(const fs::path& file) try {
  const toml::table keys = toml::parse_file(file.string());
  const auto emulator = strings(keys, "emulator");
  const auto needs = strings(keys, "needs");
  const auto peer = strings(keys, "peer");
  const auto suffix = keys["suffix"].value<std::string>();
  if (!emulator || !needs || !peer || !suffix)
    return Error{fmt::format(
        "{}: `emulator`, `needs` and `peer`, lists of words, and `suffix`, a "
        "string, must be there; CMake writes them",
        file.string())};
  return File{{*emulator, *peer, *suffix}, *needs};
} catch (const toml::parse_error& error) {
  return Error{
      fmt::format("{}: {}", file.string(), std::string(error.description()))};
}

/// "s390x" of build/s390x/cases, for a proposal.
std::string build_name(const fs::path& folder) {
  return folder.lexically_normal().parent_path().filename().string();
}

bool is_qemu(const std::vector<std::string>& emulator) {
  return !emulator.empty() &&
         fs::path(emulator.front()).filename().string().starts_with("qemu-");
}

}  // namespace

std::string builder_of(std::string_view platform) {
  return platform == "windows" ? "ci/windows" : "ci/architectures";
}

std::string command_variable(std::string_view name,
                             const std::vector<std::string>& words) {
  return fmt::format("{}={}", name, fmt::join(words, "\n"));
}

Result<Target> read_target(const fs::path& folder) {
  auto file = parse_target(folder / kFile);
  if (!file) return file.error();
  Target& target = file->target;
  if (!target.emulator.empty()) file->needs.push_back(target.emulator.front());
  for (std::string& name : file->needs) {
    const auto found = find_command(name);
    if (!found)
      return Error{fmt::format(
          "{} is not on PATH, and the programs in {} run by it; {} installs it",
          name, folder.string(), builder_of(build_name(folder)))};
    name = found->string();
  }
  if (!target.emulator.empty()) target.emulator.front() = file->needs.back();
  return target;
}

Result<Surroundings> surroundings_of(const fs::path& folder,
                                     const Programs& own, const Features& here,
                                     const Run& run) {
  Surroundings around{own, here};
  around.programs.root = folder;
  if (same_folder(folder, own.root) || !is_there(folder / kFile)) return around;
  const auto target = read_target(folder);
  if (!target) return target.error();
  std::vector<std::string> command = target->emulator;
  const fs::path program = folder / ("features" + target->suffix);
  command.push_back(program.string());
  if (!is_there(program))
    return Error{fmt::format("{} is not built; {} builds it", program.string(),
                             builder_of(build_name(folder)))};
  const auto refused = [&](const Error& why) {
    return Error{
        fmt::format("what the programs in {} are built for cannot be "
                    "told; `{}`: {}",
                    folder.string(), fmt::join(command, " "), why.text)};
  };
  const auto answer = run(command, std::chrono::seconds(30));
  if (!answer) return refused(answer.error());
  auto build = parse_features_answer(*answer);
  if (!build) return refused(build.error());
  around.features = std::move(build->features);
  if (here.has("namespaces")) around.features.words.insert("namespaces");
  if (is_qemu(target->emulator)) around.features.words.insert("qemu");
  around.programs.emulator = target->emulator;
  around.programs.suffix = target->suffix;
  around.programs.platform = build->platform;
  around.programs.foreign = true;
  return around;
}

Result<std::vector<std::string>> find_peer(const fs::path& peers,
                                           std::string_view peer,
                                           const fs::path& program) {
  const fs::path folder = peers / peer / "cases";
  const auto not_built = [&](const fs::path& what) {
    return Error{
        fmt::format("its worker for {} is not built ({}); {} builds it", peer,
                    what.string(), builder_of(peer))};
  };
  if (!is_there(folder / kFile)) return not_built(folder);
  const auto target = read_target(folder);
  if (!target) return target.error();
  const fs::path file = folder / (program.string() + target->suffix);
  if (!is_there(file)) return not_built(file);
  std::vector<std::string> command =
      target->peer.empty() ? target->emulator : target->peer;
  command.push_back(file.string());
  return command;
}

}  // namespace poolbugs::plan
