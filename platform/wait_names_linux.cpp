#include "platform/wait_names_linux.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>

#include "platform/wait_mounts_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
/// What is larger is not looked through: its files may have names.
constexpr int kMostEntries = 20'000, kMostDepth = 16;

/// The file system of what has no name: memfd_create(2), shared anonymous
/// memory, System V's. Nothing can be linked from there to anywhere else.
std::uint64_t nameless_device() {
  static const std::uint64_t device = [] {
    const UniqueFd file(::memfd_create("poolbugs", MFD_CLOEXEC));
    struct stat status {};
    return file && ::fstat(file.get(), &status) == 0 ? status.st_dev
                                                     : std::uint64_t{0};
  }();
  return device;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Looks for an inode below a folder.
class Search {
 public:
  explicit Search(std::uint64_t inode) : inode_(inode) {}

  /// False if something could not be read.
  bool below(UniqueFd folder, const std::string& path, int depth = 0) {
    if (!folder || depth > kMostDepth) return false;
    const std::unique_ptr<DIR, CloseFolder> open(::fdopendir(folder.get()));
    if (!open) return false;
    const int own = folder.release();  // closed with `open`
    errno = 0;
    while (const dirent* entry = ::readdir(open.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++entries_ > kMostEntries) return false;
      if (entry->d_type == DT_UNKNOWN) return false;
      if (entry->d_type == DT_DIR) {
        UniqueFd next(
            ::openat(own, name.c_str(),
                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!below(std::move(next), path + "/" + name, depth + 1)) return false;
      } else if (entry->d_ino == inode_) {
        found.push_back(path + "/" + name);
      }
      errno = 0;
    }
    return errno == 0;
  }

  std::vector<std::string> found;

 private:
  std::uint64_t inode_;
  int entries_ = 0;
};

FileNames search(const ProcessReading& process, const FileId& file,
                 const std::string& where) {
  Search search(file.inode);
  UniqueFd folder(::open((process.path("root") + where).c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Is it this file system, or did another one cover it?
  struct stat status {};
  if (!folder || ::fstat(folder.get(), &status) != 0 ||
      status.st_dev != file.device)
    return {};
  const bool whole = search.below(std::move(folder), where);
  return {whole, std::move(search.found)};
}

std::optional<std::uint64_t> links_of(const std::string& path,
                                      std::uint64_t inode) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || status.st_ino != inode)
    return std::nullopt;
  return status.st_nlink;
}

/// By a descriptor of the process.
std::optional<std::uint64_t> count_links(const ProcessReading& process,
                                         const FileId& file) {
  for (const Descriptor& one : process.facts.descriptors)
    if (one.file == file)
      return links_of(process.path("fd/") + std::to_string(one.number),
                      file.inode);
  return std::nullopt;
}

void apply(const FileNames& names, Futex& futex) {
  futex.nameless = names.known && names.names.empty();
  if (names.names.empty()) return;
  // The name that says least about itself counts.
  const auto other =
      std::find_if_not(names.names.begin(), names.names.end(), is_made_up);
  futex.path = other == names.names.end() ? names.names.front() : *other;
}

}  // namespace

FileNames names_of(const ProcessReading& process, const FileId& file,
                   std::string_view path) {
  if (file.device == nameless_device()) return {true, {}};
  if (const auto place = whole_tmpfs_at(process.facts.id, file.device))
    return search(process, file, *place);
  if (!path.ends_with(kDeleted)) return {true, {std::string(path)}};
  const auto links = count_links(process, file);
  return {links == 0, {}};
}

void name_futexes(std::vector<ProcessReading*>& tree) {
  std::map<std::pair<FileId, std::string>, FileNames> known;
  for (ProcessReading* process : tree)
    for (ThreadReading& thread : process->threads)
      for (Futex& futex : thread.facts.futexes) {
        if (!futex.shared) continue;
        const auto [entry, is_new] =
            known.try_emplace({futex.file, futex.path});
        if (is_new) entry->second = names_of(*process, futex.file, futex.path);
        apply(entry->second, futex);
      }
}

}  // namespace poolbugs::wait
