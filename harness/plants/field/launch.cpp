#include "harness/plants/field/launch.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "platform/process_tree.hpp"

namespace poolbugs::field {
namespace {

namespace fs = std::filesystem;

const std::string kSources = POOLBUGS_SOURCE_DIR "/harness/plants/field";
const std::string kBuilt = POOLBUGS_BINARY_DIR "/plants/field";

int must(int result, const char* what) {
  if (result < 0)
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

/// Where programs are looked for: our own first.
std::string path() {
  const char* given = std::getenv("PATH");
  return kBuilt + ":" + (given ? given : "/usr/bin:/bin");
}

bool is_there(const std::string& executable) {
  if (executable.find('/') != std::string::npos)
    return ::access(executable.c_str(), X_OK) == 0;
  std::istringstream folders(path());
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/" + executable).c_str(), X_OK) == 0) return true;
  return false;
}

/// That of the distribution, whose packages have the modules.
std::string python() {
  return is_there("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}

bool has_module(const std::string& module) {
  const std::string command =
      python() + " -c 'import " + module + "' < /dev/null > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

std::string absolute(std::string word, const std::string& name) {
  if (word.starts_with('@')) return kSources + "/" + word.substr(1);
  if (word == "{name}") return name;
  if (word == "python3") return python();
  return word;
}

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

UniqueFd connect_to(int family, const sockaddr* address, socklen_t size) {
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  must(::connect(socket.get(), address, size), "connect");
  return socket;
}

void send_all(int fd, const std::string& text) {
  if (::write(fd, text.data(), text.size()) !=
      static_cast<ssize_t>(text.size()))
    throw std::runtime_error("it does not take what it is sent");
}

void post(const std::string& name) {
  sem_t* const semaphore = ::sem_open(name.c_str(), 0);
  if (semaphore == SEM_FAILED) throw std::runtime_error("sem_open");
  ::sem_post(semaphore);
  ::sem_close(semaphore);
}

void send_message(const std::string& name) {
  const mqd_t queue = must(::mq_open(name.c_str(), O_WRONLY), "mq_open");
  ::mq_send(queue, "x", 1, 0);
  ::mq_close(queue);
}

/// The port is what it said after "ready ".
void be_client(const std::string& said) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  address.sin_port =
      ::htons(static_cast<std::uint16_t>(std::stoi(said.substr(6))));
  const UniqueFd socket = connect_to(
      AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  send_all(socket.get(), "hello");
}

/// Inodes of what they have mapped of /dev/shm. Semaphores of spawned workers
/// have names there, under which nobody will remove them once all are killed.
std::set<ino_t> shared_by(const std::vector<ProcessSample>& processes) {
  std::set<ino_t> inodes;
  for (const ProcessSample& one : processes) {
    std::ifstream maps("/proc/" + std::to_string(one.id) + "/maps");
    for (std::string line; std::getline(maps, line);) {
      std::istringstream words(line);
      std::string range, rights, offset, device, file;
      ino_t inode = 0;
      words >> range >> rights >> offset >> device >> inode >> file;
      if (file.starts_with("/dev/shm/")) inodes.insert(inode);
    }
  }
  return inodes;
}

void remove_shared(const std::set<ino_t>& inodes) {
  std::error_code ignored;
  struct stat status {};
  for (const auto& entry : fs::directory_iterator("/dev/shm", ignored))
    if (::lstat(entry.path().c_str(), &status) == 0 &&
        inodes.contains(status.st_ino))
      ::unlink(entry.path().c_str());
}

/// Or is gone.
bool has_stopped(pid_t id) {
  for (const ProcessSample& one : sample_tree(id, 4096, true).processes)
    if (one.id == id)
      for (const ThreadSample& thread : one.threads)
        if (thread.state != 'T') return false;
  return true;
}

}  // namespace

std::string lacks(const Program& program) {
  std::vector<std::string> needs = program.needs;
  if (program.command[0] != "python3") needs.push_back(program.command[0]);
  needs.push_back(python());
  for (const std::string& need : needs) {
    if (need == "root") {
      if (::getuid() != 0) return "we are not root";
    } else if (need.starts_with("python:")) {
      if (!has_module(need.substr(7)))
        return "Python has no module " + need.substr(7);
    } else if (!is_there(need)) {
      return "there is no " + need;
    }
  }
  return "";
}

Launched::Launched(const Program& program, bool on_a_terminal,
                   const std::vector<std::string>& before) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const char* tmp = std::getenv("TMPDIR");
  std::string folder = std::string(tmp ? tmp : "/tmp") + "/field-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) must(-1, "mkdtemp");
  ::chmod(folder.c_str(), 0755);  // `su nobody` starts here
  folder_ = folder;
  name_ = "/" + folder_.filename().string();
  std::vector<std::string> words = before;
  for (const std::string& word : program.command)
    words.push_back(absolute(word, name_));
  UniqueFd slave;
  if (on_a_terminal) {
    master_.reset(
        must(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "openpt"));
    must(::grantpt(master_.get()), "grantpt");
    must(::unlockpt(master_.get()), "unlockpt");
    slave.reset(must(::ioctl(master_.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY),
                     "TIOCGPTPEER"));
  } else {
    slave.reset(must(::open((folder_ / "output").c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                     "open"));
  }
  handed_down_ = wait::own_files();
  id_ = must(::fork(), "fork");
  if (id_ == 0) execute(std::move(words), slave.get());
}

/// In the child.
void Launched::execute(std::vector<std::string> words, int terminal) const {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool typed_at = ::ioctl(terminal, TIOCSCTTY, 0) == 0;
  ::dup2(typed_at ? terminal : ::open("/dev/null", O_RDONLY), 0);
  ::dup2(terminal, 1);
  ::dup2(terminal, 2);
  ::syscall(SYS_close_range, 3, ~0U, 0);
  if (::chdir(folder_.c_str()) != 0) ::_exit(126);
  for (const auto& [name, value] : {std::pair{"PATH", path()},
                                    {"HOME", folder_.string()},
                                    {"TMPDIR", folder_.string()},
                                    {"JOBLIB_TEMP_FOLDER", folder_.string()},
                                    {"FIELD", kSources},
                                    {"FIELD_BUILT", kBuilt},
                                    {"PYTHONDONTWRITEBYTECODE", "1"}})
    ::setenv(name, value.c_str(), 1);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

Launched::~Launched() {
  connection_.reset();
  const auto shared = shared_by(sample_tree(::getpid()).processes);
  do {
    // Stopped first, so that nobody learns of another's death.
    for (const int signal : {SIGSTOP, SIGKILL})
      for (const ProcessSample& one : sample_tree(::getpid()).processes)
        ::kill(static_cast<pid_t>(one.id), signal);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  } while (::waitpid(-1, nullptr, 0) > 0);
  remove_shared(shared);
  ::mq_unlink(name_.c_str());
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

wait::Tree Launched::tree(bool ours) const {
  wait::Tree tree;
  tree.above = ours ? ::getpid() : id_;
  tree.with_above = !ours;
  tree.ours = ours;
  if (ours) tree.handed_down = handed_down_;
  return tree;
}

std::string Launched::output() {
  if (master_.get() < 0) return slurp(folder_ / "output");
  ::fcntl(master_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  char buffer[4096];
  for (ssize_t got; (got = ::read(master_.get(), buffer, sizeof buffer)) > 0;)
    heard_.append(buffer, static_cast<std::size_t>(got));
  return heard_;
}

std::optional<int> Launched::ended() {
  int status = 0;
  if (!status_ && ::waitpid(id_, &status, WNOHANG) == id_)
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

void Launched::wake(Wake how, pid_t id) {
  switch (how) {
    case Wake::terminate:
      ::kill(id, SIGTERM);
      break;
    case Wake::interrupt:
      send_all(master_.get(), "\x03");
      break;
    case Wake::stop:
      ::kill(id, SIGSTOP);
      while (!has_stopped(id)) ::poll(nullptr, 0, 1);
      ::kill(id, SIGCONT);
      break;
    case Wake::stop_child:
      for (const ProcessSample& one : sample_tree(id).processes)
        ::kill(static_cast<pid_t>(one.id), SIGSTOP);
      break;
    case Wake::post:
      post(name_);
      break;
    case Wake::message:
      send_message(name_);
      break;
    case Wake::client:
      be_client(output());
      break;
    case Wake::write_to_fifo:
      send_all(UniqueFd(must(::open((folder_ / "fifo").c_str(), O_WRONLY),
                             "open fifo"))
                   .get(),
               "x");
      break;
  }
}

void Launched::request(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string where = (folder_ / socket).string();
  where.copy(address.sun_path, sizeof address.sun_path - 1);
  connection_ = connect_to(AF_UNIX, reinterpret_cast<const sockaddr*>(&address),
                           sizeof address);
  send_all(connection_.get(), "GET / HTTP/1.0\r\n\r\n");
}

}  // namespace poolbugs::field
