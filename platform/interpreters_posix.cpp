// Asking interpreters what they are. Their output goes to files without names
// and never to a pipe: who is left of one that we ended could hold that open.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "platform/interpreter_answer.hpp"
#include "platform/spawn.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string text_of(int file) {
  std::string text;
  char buffer[4096];
  constexpr std::size_t kMost = 64 << 10;
  for (ssize_t n = 0; text.size() < kMost; text.append(buffer, n)) {
    n = ::pread(file, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (n <= 0) break;
  }
  return text;
}

/// One interpreter that is being asked.
class Asked {
 public:
  explicit Asked(const fs::path& executable) : executable_(executable) {
    // Without the user's own site folder and PYTHON* variables, as its runs.
    if (::access(executable.c_str(), X_OK) != 0) {
      why_ = fmt::format("access {}",
                         errno_error(executable.string(), errno).text);
      return;
    }
    out_ = unnamed_file();
    err_ = unnamed_file();
    null_ = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!out_ || !err_ || !null_) {
      why_ = errno_error("memfd_create or open /dev/null", errno).text;
      return;
    }
    const auto pid = spawn_process(
        executable.string(), {"-E", "-s", "-c", kInterpreterQuestion},
        {{null_.get(), 0}, {out_.get(), 1}, {err_.get(), 2}}, Group::own);
    if (!pid) {
      why_ = pid.error().text;
      return;
    }
    pid_ = *pid;
    if (auto exit = exit_descriptor(pid_))
      exit_ = std::move(*exit);
    else
      why_ = exit.error().text;
  }
  Asked(Asked&&) = delete;
  ~Asked() { end(); }

  /// -1 if there is nothing to wait for.
  [[nodiscard]] int waits_for() const { return exit_.get(); }

  void has_ended() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    ::kill(-pid_, SIGKILL);  // who may be left of its group
    pid_ = -1;
    exit_.reset();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
      why_ = fmt::format("it failed: {}", last_line(text_of(err_.get())));
  }

  void is_late(std::chrono::milliseconds patience) {
    if (!exit_) return;
    why_ = fmt::format("it did not answer within {:.3g} s",
                       std::chrono::duration<double>(patience).count());
    end();
  }

  void add_to(Interpreters& all) {
    if (why_.empty())
      add_answer(executable_, text_of(out_.get()), all);
    else
      all.broken.push_back({executable_, why_});
  }

 private:
  static UniqueFd unnamed_file() {
    // Append: what two writers of one description wrote stays.
    std::string name = fs::temp_directory_path() / "poolbugs-XXXXXX";
    UniqueFd file(::mkostemp(name.data(), O_APPEND | O_CLOEXEC));
    if (file) ::unlink(name.c_str());
    return file;
  }

  void end() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    exit_.reset();
  }

  fs::path executable_;
  UniqueFd out_, err_, null_, exit_;
  pid_t pid_ = -1;
  std::string why_;  ///< it cannot be used; empty so far
};

}  // namespace

Interpreters ask_interpreters(const std::vector<fs::path>& candidates,
                              std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::vector<std::unique_ptr<Asked>> all;
  for (const fs::path& candidate : candidates)
    all.push_back(std::make_unique<Asked>(candidate));
  for (;;) {
    std::vector<pollfd> waiting;
    std::vector<Asked*> whose;
    for (const auto& one : all)
      if (one->waits_for() >= 0) {
        waiting.push_back({one->waits_for(), POLLIN, 0});
        whose.push_back(one.get());
      }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (waiting.empty() || left.count() <= 0) break;
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) <
            0 &&
        errno != EINTR)
      break;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0) whose[i]->has_ended();
  }
  Interpreters answers;
  for (const auto& one : all) {
    one->is_late(patience);
    one->add_to(answers);
  }
  sort_by_version(answers.found);
  return answers;
}

}  // namespace poolbugs
