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
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "platform/interpreters.hpp"
#include "platform/spawn.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// For every Python from 2.7 on. A line for each fact; what it prints besides
/// (a site module that talks) is not read.
constexpr const char* kQuestion = R"(
import multiprocessing, platform, sys, sysconfig
def say(name, value): print('poolbugs-%s %s' % (name, value))
say('implementation', platform.python_implementation())
say('executable', sys.executable)
say('version', '.'.join(map(str, sys.version_info[:3])))
say('free-threaded', sysconfig.get_config_var('Py_GIL_DISABLED') or 0)
if hasattr(multiprocessing, 'get_all_start_methods'):
    methods = multiprocessing.get_all_start_methods()
else:
    methods = ['fork']
for method in methods: say('method', method)
say('usual', methods[0])
for folder in set([sys.prefix, sys.exec_prefix,
                   getattr(sys, 'base_prefix', sys.prefix)]):
    say('folder', folder)
say('end', '')
)";

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

std::vector<int> numbers(std::string_view text) {
  std::vector<int> found;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    int number = 0;
    const auto [end, error] =
        std::from_chars(at, text.data() + text.size(), number);
    if (error != std::errc()) return {};
    found.push_back(number);
    at = end;
  }
  return found;
}

/// The last line that says something.
std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == text.npos ? text : text.substr(start + 1));
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
        executable.string(), {"-E", "-s", "-c", kQuestion},
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
    std::optional<Interpreter> answer;
    if (why_.empty()) answer = understand(text_of(out_.get()));
    if (answer)
      all.found.push_back(std::move(*answer));
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

  std::optional<Interpreter> understand(std::string_view text) {
    Interpreter answer;
    answer.executable = executable_;
    std::string implementation;
    bool whole = false;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      at = end + 1;
      constexpr std::string_view kMark = "poolbugs-";
      const std::size_t space = line.find(' ');
      if (!line.starts_with(kMark) || space == line.npos) continue;
      const std::string_view name =
          line.substr(kMark.size(), space - kMark.size());
      const std::string_view value = line.substr(space + 1);
      const auto method = parse_start_method(value);
      if (name == "implementation") implementation = value;
      if (name == "executable") answer.executable = value;
      if (name == "version") answer.version = numbers(value);
      if (name == "free-threaded") answer.free_threaded = value == "1";
      if (name == "method" && method) answer.start_methods.push_back(*method);
      if (name == "usual" && method) answer.usual = *method;
      if (name == "folder") answer.folders.emplace_back(value);
      if (name == "end") whole = true;
    }
    if (!whole || answer.version.size() != 3)
      why_ = "it gave no answer that a Python would give";
    else if (implementation != "CPython")
      why_ = fmt::format("it is {}, not CPython", implementation);
    std::sort(answer.start_methods.begin(), answer.start_methods.end());
    return why_.empty() ? std::optional(answer) : std::nullopt;
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
  const auto newer = [](const Interpreter& a, const Interpreter& b) {
    return a.version != b.version ? a.version > b.version
                                  : a.free_threaded < b.free_threaded;
  };
  std::stable_sort(answers.found.begin(), answers.found.end(), newer);
  const auto same = [&](const Interpreter& a, const Interpreter& b) {
    return !newer(a, b) && !newer(b, a);
  };
  answers.found.erase(
      std::unique(answers.found.begin(), answers.found.end(), same),
      answers.found.end());
  return answers;
}

}  // namespace poolbugs
