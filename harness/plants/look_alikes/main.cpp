// look_alikes                       lists the plants: NAME and what it needs
// look_alikes NAME [SECONDS]        looks stuck for SECONDS (1.5), exits with 0
//                                   or, if it cannot be done here, with 77
// look_alikes --outside NAME [SECONDS] -- COMMAND…
//     for plants that need `outside`: is the party outside of the tree. Makes
//     the objects, starts COMMAND (the plant, or something that watches it),
//     rescues the plant after SECONDS; exits as COMMAND does.
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {

std::vector<LookAlike>& all() {
  static std::vector<LookAlike> plants;
  return plants;
}

namespace {

double seconds = 1.5;

double monotonic() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}
const double began = monotonic();

const LookAlike& find(const char* name) {
  for (const LookAlike& plant : all())
    if (std::strcmp(plant.name, name) == 0) return plant;
  std::fprintf(stderr, "look_alikes: no plant %s\n", name);
  std::exit(2);
}

int list() {
  for (const LookAlike& plant : all()) {
    std::string needs = plant.needs;
    if (plant.outside) needs += needs.empty() ? "outside" : " outside";
    std::printf("%s%s%s\n", plant.name, needs.empty() ? "" : " ",
                needs.c_str());
  }
  return 0;
}

pid_t start(char** command) {
  const pid_t child = must(::fork(), "fork");
  if (child != 0) return child;
  // Nobody stays when a test ends the outside party.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // In a pid namespace of its own it sees that one's processes.
  if (std::getenv("LOOK_ALIKE_PROC"))
    must(::mount("proc", "/proc", "proc", 0, nullptr), "mount");
  ::execvp(command[0], command);
  fail(command[0]);
}

/// The command's end as our own.
int end_like(pid_t command) {
  int status = 0;
  while (::waitpid(command, &status, 0) != command)
    expect(errno == EINTR, "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int be_outside(const LookAlike& plant, char** command) {
  const char* tmp = std::getenv("TMPDIR");
  std::string folder = std::string(tmp ? tmp : "/tmp") + "/look_alike-XXXXXX";
  expect(::mkdtemp(folder.data()) != nullptr, "mkdtemp");
  ::setenv("LOOK_ALIKE_PATH", folder.c_str(), 1);
  // The clean-up must not be lost when the plant closes a pipe first.
  ::signal(SIGPIPE, SIG_IGN);
  const Rescue rescue = plant.outside();
  ::signal(SIGPIPE, SIG_DFL);
  const pid_t child = start(command);
  ::signal(SIGPIPE, SIG_IGN);
  // The command may have ended: then there is nobody to be rescued.
  const double end = now() + seconds;
  siginfo_t ended{};
  while (now() < end && ended.si_pid == 0) {
    sleep_for(0.01);
    ::waitid(P_PID, static_cast<id_t>(child), &ended,
             WEXITED | WNOHANG | WNOWAIT);
  }
  rescues(child);
  try {
    if (ended.si_pid == 0) rescue();
  } catch (const NobodyToRescue&) {
  }
  const int status = end_like(child);
  std::filesystem::remove_all(folder);
  return status;
}

}  // namespace

double span() { return seconds; }
double now() { return monotonic() - began; }

int work(int argc, char** argv) {
  if (argc < 2) return list();
  const bool outside = std::strcmp(argv[1], "--outside") == 0;
  char** at = argv + (outside ? 2 : 1);
  if (!*at) return 2;
  const LookAlike& plant = find(*at++);
  if (*at && std::strcmp(*at, "--") != 0) seconds = std::atof(*at++);
  if (!outside) {
    plant.run();
    return 0;
  }
  if (!plant.outside || !at[0] || !at[1]) return 2;
  return be_outside(plant, at + 1);
}

}  // namespace poolbugs::look_alikes

int main(int argc, char** argv) {
  return poolbugs::look_alikes::work(argc, argv);
}
