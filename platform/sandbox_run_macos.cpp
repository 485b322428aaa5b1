#include "platform/sandbox_run_macos.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace poolbugs::sandbox {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

}  // namespace

RunProcesses::RunProcesses(pid_t first, const fs::path& folder,
                           std::uint64_t since_us)
    : first_(first), mark_("TMPDIR=" + folder.string()), since_us_(since_us) {}

bool RunProcesses::is_ours(const libproc::Process& process) const {
  const auto known = known_.find(process.id);
  if (known != known_.end() && known->second == process.started_us) return true;
  if (first_ > 0 && ::getsid(process.id) == first_) return true;
  if (known_.contains(process.parent)) return true;
  return process.parent == 1 && process.started_us >= since_us_ &&
         libproc::has_in_environment(process.id, mark_);
}

std::vector<libproc::Process> RunProcesses::living() {
  std::vector<libproc::Process> found;
  for (libproc::Process& process : libproc::all()) {
    if (process.zombie || process.id == ::getpid() || !is_ours(process))
      continue;
    known_[process.id] = process.started_us;
    found.push_back(std::move(process));
  }
  // An id that is nobody's now may come back as somebody else's.
  std::erase_if(known_, [](const auto& one) {
    const auto process = libproc::find(one.first);
    return !process || process->started_us != one.second;
  });
  return found;
}

void RunProcesses::signal(int number) {
  for (const libproc::Process& process : living()) ::kill(process.id, number);
}

bool RunProcesses::kill_all(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  // Whoever is killed makes room for others, so a fork bomb outruns the one who
  // kills. The stopped keep their places.
  std::size_t known = 0;
  for (int round = 0; round < 200; ++round) {
    const auto all = living();
    for (const libproc::Process& process : all) ::kill(process.id, SIGSTOP);
    if (all.size() == known) break;  // nobody was born meanwhile
    known = all.size();
  }
  while (true) {
    const auto all = living();
    if (all.empty()) return true;
    if (Clock::now() >= deadline) return false;
    for (const libproc::Process& process : all) ::kill(process.id, SIGKILL);
    ::poll(nullptr, 0, 1);
  }
}

std::vector<Left> files_left(const fs::path& folder) {
  constexpr int kDeepest = 4;
  constexpr std::size_t kMost = 200;
  std::vector<Left> left;
  std::error_code error;
  for (fs::recursive_directory_iterator
           it(folder, fs::directory_options::skip_permission_denied, error),
       end;
       !error && it != end && left.size() < kMost; it.increment(error)) {
    std::string name = it->path().lexically_relative(folder).string();
    for (char& c : name)
      if (static_cast<unsigned char>(c) < ' ' || c == 127) c = '?';
    left.push_back({"file", "$TMPDIR/" + name});
    if (it.depth() >= kDeepest) it.disable_recursion_pending();
  }
  return left;
}

void remove_folder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) return;
  // A folder whose own rights forbid it.
  for (fs::recursive_directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error))
    if (std::error_code ignored; it->is_directory(ignored))
      fs::permissions(it->path(), fs::perms::owner_all, ignored);
  fs::remove_all(folder, error);
}

}  // namespace poolbugs::sandbox
