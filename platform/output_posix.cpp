#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "platform/output.hpp"
#include "platform/signal_name.hpp"
#include "platform/spawn.hpp"

namespace poolbugs {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
/// Without a name; gone when it is closed. Never a pipe: who is left of a
/// command that we ended could hold that open.
using File = std::unique_ptr<std::FILE, Close>;

std::string text_of(const File& file) {
  std::string text;
  std::rewind(file.get());
  std::array<char, 4096> part{};
  for (std::size_t n = 0;
       (n = std::fread(part.data(), 1, part.size(), file.get())) > 0;)
    text.append(part.data(), n);
  return text;
}

std::string last_line_of(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  const std::size_t start = text.rfind('\n');
  return start == text.npos ? text : text.substr(start + 1);
}

/// False if it was too late; the status of waitpid otherwise.
bool ended_in_time(pid_t pid, int& status, std::chrono::seconds patience) {
  const Result<UniqueFd> exit = exit_descriptor(pid);
  pollfd entry{exit ? exit->get() : -1, POLLIN, 0};
  const auto end = std::chrono::steady_clock::now() + patience;
  int ready = 0;
  do {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    ready = ::poll(&entry, 1, std::max(0, static_cast<int>(left.count())));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) ::kill(-pid, SIGKILL);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  ::kill(-pid, SIGKILL);  // who may be left of its group
  return ready > 0;
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& command,
                              std::chrono::seconds patience) {
  const File out(std::tmpfile());
  const File err(std::tmpfile());
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!out || !err || !null)
    return errno_error("tmpfile or open /dev/null", errno);
  const auto pid = spawn_process(
      command.front(), {command.begin() + 1, command.end()},
      {{null.get(), 0}, {::fileno(out.get()), 1}, {::fileno(err.get()), 2}},
      Group::own);
  if (!pid) return pid.error();
  int status = 0;
  if (!ended_in_time(*pid, status, patience))
    return Error{"it did not end within " + std::to_string(patience.count()) +
                 " s"};
  if (status == 0) return {boost::system::in_place_value, text_of(out)};
  const std::string why = last_line_of(text_of(err));
  return Error{(WIFSIGNALED(status)
                    ? "it died of " + signal_name(WTERMSIG(status))
                    : "it ended with " + std::to_string(WEXITSTATUS(status))) +
               (why.empty() ? "" : ": " + why)};
}

}  // namespace poolbugs
