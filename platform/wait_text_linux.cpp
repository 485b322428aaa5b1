#include "platform/wait_text_linux.hpp"

#include <elf.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>

namespace poolbugs::wait {
namespace {

/// Takes text apart from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  /// Up to the next newline, or all that is left.
  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    return found;
  }
  /// The next word between blanks and tabs; "" at the end.
  std::string_view word() {
    skip_blanks();
    std::size_t end = 0;
    while (end < rest_.size() && !is_blank(rest_[end])) ++end;
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }
  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }
  /// A number right here.
  template <class Number>
  bool number(Number& out, int base = 10) {
    const char* end = rest_.data() + rest_.size();
    const auto [at, error] = std::from_chars(rest_.data(), end, out, base);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()));
    return true;
  }
  /// A number behind blanks.
  template <class Number>
  bool next(Number& out, int base = 10) {
    skip_blanks();
    return number(out, base);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

  std::string_view rest_;
};

/// A whole word as a number.
template <class Number>
bool to_number(std::string_view word, Number& out, int base = 10) {
  Scanner scanner(word);
  return scanner.number(out, base) && scanner.at_end();
}

template <class Number>
std::optional<Number> first_number(std::string_view text, int base = 10) {
  Scanner scanner(text);
  Number number{};
  if (!scanner.next(number, base)) return std::nullopt;
  return number;
}

/// "0x" and a hexadecimal number.
bool to_address(std::string_view word, std::uint64_t& out) {
  return word.starts_with("0x") && to_number(word.substr(2), out, 16);
}

/// "fe:00", both hexadecimal.
bool to_device(Scanner& scanner, std::uint64_t& out) {
  unsigned major_number = 0, minor_number = 0;
  if (!scanner.number(major_number, 16) || !scanner.skip(":") ||
      !scanner.number(minor_number, 16))
    return false;
  out = makedev(major_number, minor_number);
  return true;
}

/// "sdev:f": the kernel's own dev_t, with 20 bits of minor number
/// (include/linux/kdev_t.h).
std::uint64_t from_kernel_device(std::uint64_t device) {
  return makedev(static_cast<unsigned>(device >> 20),
                 static_cast<unsigned>(device & 0xfffff));
}

/// "tfd:        3 events:       19 data:  3  pos:0 ino:2bb6ab sdev:f"
/// (ep_show_fdinfo() in fs/eventpoll.c).
std::optional<EpollLine> parse_epoll(std::string_view text) {
  EpollLine line;
  Scanner scanner(text);
  if (!scanner.next(line.descriptor)) return std::nullopt;
  scanner.skip_blanks();
  if (!scanner.skip("events:") || !scanner.next(line.events, 16))
    return std::nullopt;
  bool inode = false, device = false;
  while (!scanner.at_end()) {
    const std::string_view word = scanner.word();
    std::uint64_t number = 0;
    if (word.starts_with("ino:"))
      inode = to_number(word.substr(4), line.file.inode, 16);
    if (word.starts_with("sdev:") &&
        (device = to_number(word.substr(5), number, 16)))
      line.file.device = from_kernel_device(number);
  }
  if (!inode || !device) return std::nullopt;
  return line;
}

/// "1: FLOCK  ADVISORY  WRITE 707 fe:00:3312 0 EOF" (lock_get_status() in
/// fs/locks.c). False: not understood.
bool parse_lock(std::string_view text, FdInfoText& into) {
  Scanner scanner(text);
  scanner.word();  // "1:"
  const std::string_view kind = scanner.word();
  scanner.word();  // ADVISORY
  const std::string_view type = scanner.word();
  if (kind == "LEASE" || kind == "DELEG" || kind == "LAYOUT") {
    into.lease = true;
    return true;
  }
  FileLock lock;
  if (kind == "FLOCK")
    lock.kind = FileLock::Kind::flock;
  else if (kind == "POSIX")
    lock.kind = FileLock::Kind::posix;
  else if (kind == "OFDLCK")
    lock.kind = FileLock::Kind::open_file;
  else
    return false;
  if (type != "READ" && type != "WRITE") return false;
  lock.write = type == "WRITE";
  scanner.word();  // process
  scanner.word();  // file
  if (!to_number(scanner.word(), lock.first)) return false;
  const std::string_view last = scanner.word();
  if (last == "EOF")
    lock.last = std::numeric_limits<std::uint64_t>::max();
  else if (!to_number(last, lock.last))
    return false;
  into.locks.push_back(lock);
  return true;
}

/// "(999, 35522261)": time until a timerfd expires, zero if it is disarmed
/// (timerfd_show() in fs/timerfd.c). After a one-shot timer expired it is
/// zero too.
std::optional<bool> parse_armed(std::string_view text) {
  Scanner scanner(text);
  std::uint64_t seconds = 0, nanoseconds = 0;
  scanner.skip_blanks();
  if (!scanner.skip("(") || !scanner.next(seconds) || !scanner.skip(",") ||
      !scanner.next(nanoseconds) || !scanner.skip(")"))
    return std::nullopt;
  return seconds != 0 || nanoseconds != 0;
}

void parse_fdinfo_line(std::string_view key, std::string_view value,
                       FdInfoText& into) {
  if (key == "flags") {
    into.flags = first_number<std::uint64_t>(value, 8);
  } else if (key == "eventfd-id") {
    into.eventfd = first_number<std::uint64_t>(value);
  } else if (key == "settime flags") {
    // TFD_TIMER_CANCEL_ON_SET: timerfd_create(2).
    if (first_number<unsigned>(value, 8).value_or(~0U) & 2) into.armed = true;
  } else if (key == "it_value") {
    if (into.armed != true) into.armed = parse_armed(value);
  } else if (key == "Pid") {
    into.process = first_number<long>(value);
  } else if (key == "scm_fds") {
    into.in_flight = first_number<long>(value);
  } else if (key == "sigmask") {
    into.signals = first_number<std::uint64_t>(value, 16);
  } else if (key == "lock") {
    if (!parse_lock(value, into)) into.damaged = true;
  } else if (key == "tfd") {
    if (const auto entry = parse_epoll(value))
      into.watched.push_back(*entry);
    else
      into.damaged = true;
  }
}

}  // namespace

std::optional<StatText> parse_stat(std::string_view text) {
  StatText stat;
  Scanner scanner(text);
  if (!scanner.number(stat.id) || !scanner.skip(" (")) return std::nullopt;
  // A name may hold spaces and brackets.
  const std::size_t end = scanner.rest().rfind(") ");
  if (end == std::string_view::npos) return std::nullopt;
  stat.name = scanner.rest().substr(0, end);
  scanner.skip(scanner.rest().substr(0, end + 2));
  const std::string_view state = scanner.word();
  if (state.size() != 1) return std::nullopt;
  stat.state = state[0];
  long terminal = 0;
  for (int field = 4; field <= 32; ++field) {
    const std::string_view word = scanner.word();
    const bool good = field == 4    ? to_number(word, stat.parent)
                      : field == 7  ? to_number(word, terminal)
                      : field == 9  ? to_number(word, stat.flags)
                      : field == 20 ? to_number(word, stat.threads)
                      : field == 22 ? to_number(word, stat.start_ticks)
                      : field == 32 ? to_number(word, stat.blocked)
                                    : !word.empty();
    if (!good) return std::nullopt;
  }
  stat.terminal = terminal != 0;
  // What was cut within the last number would be another number.
  if (scanner.at_end()) return std::nullopt;
  return stat;
}

std::optional<CallText> parse_syscall(std::string_view text) {
  // Formats: proc_pid_syscall() in fs/proc/base.c.
  if (!text.ends_with('\n')) return std::nullopt;
  CallText call;
  Scanner scanner(text);
  if (scanner.skip("running")) {
    call.running = true;
    return call;
  }
  if (!scanner.number(call.call) || call.call < -1) return std::nullopt;
  if (call.call >= 0)
    for (std::uint64_t& argument : call.arguments)
      if (!to_address(scanner.word(), argument)) return std::nullopt;
  if (!to_address(scanner.word(), call.stack) ||
      !to_address(scanner.word(), call.pc))
    return std::nullopt;
  return call;
}

std::optional<std::uint64_t> parse_schedstat(std::string_view text) {
  Scanner scanner(text);
  std::uint64_t run = 0, waited = 0, times = 0;
  if (!text.ends_with('\n') || !scanner.next(run) || !scanner.next(waited) ||
      !scanner.next(times) || times == 0)
    return std::nullopt;
  return times;
}

StatusText parse_status(std::string_view text) {
  StatusText status;
  std::optional<std::uint64_t> voluntary, forced;
  for (Scanner lines(text); !lines.at_end();) {
    const std::string_view line = lines.line();
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    if (key == "NSpid")
      status.inner_ids = parse_numbers(value);
    else if (key == "Seccomp")
      status.seccomp = first_number<int>(value).value_or(-1);
    else if (key == "CoreDumping")
      status.dumps_core = first_number<int>(value).value_or(1) != 0;
    else if (key == "TracerPid")
      status.tracer = first_number<long>(value).value_or(-1);
    else if (key == "SigCgt")
      status.caught = first_number<std::uint64_t>(value, 16);
    else if (key == "SigBlk")
      status.blocked = first_number<std::uint64_t>(value, 16);
    else if (key == "voluntary_ctxt_switches")
      voluntary = first_number<std::uint64_t>(value);
    else if (key == "nonvoluntary_ctxt_switches")
      forced = first_number<std::uint64_t>(value);
  }
  if (voluntary && forced) status.switches = *voluntary + *forced;
  return status;
}

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> mappings;
  for (Scanner lines(text); !lines.at_end();) {
    Scanner scanner(lines.line());
    Mapping one;
    if (!scanner.number(one.first, 16) || !scanner.skip("-") ||
        !scanner.number(one.end, 16) || one.first >= one.end)
      continue;
    const std::string_view rights = scanner.word();
    if (rights.size() != 4 || (rights[3] != 's' && rights[3] != 'p')) continue;
    one.writable = rights[1] == 'w';
    one.shared = rights[3] == 's';
    if (!scanner.next(one.offset, 16)) continue;
    scanner.skip_blanks();
    if (!to_device(scanner, one.file.device) || !scanner.next(one.file.inode))
      continue;
    scanner.skip_blanks();
    one.path = scanner.rest();
    mappings.push_back(one);
  }
  const auto by_address = [](const Mapping& a, const Mapping& b) {
    return a.first < b.first;
  };
  if (!std::is_sorted(mappings.begin(), mappings.end(), by_address))
    std::sort(mappings.begin(), mappings.end(), by_address);
  return mappings;
}

const Mapping* find_mapping(const std::vector<Mapping>& mappings,
                            std::uint64_t address) {
  const auto after = std::upper_bound(
      mappings.begin(), mappings.end(), address,
      [](std::uint64_t at, const Mapping& one) { return at < one.first; });
  if (after == mappings.begin()) return nullptr;
  const Mapping& one = *(after - 1);
  return address < one.end ? &one : nullptr;
}

FdInfoText parse_fdinfo(std::string_view text) {
  FdInfoText info;
  // Without its last newline a line may have lost something.
  if (!text.ends_with('\n')) info.damaged = true;
  for (Scanner lines(text); !lines.at_end();) {
    const std::string_view line = lines.line();
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    parse_fdinfo_line(line.substr(0, colon), line.substr(colon + 1), info);
  }
  return info;
}

std::vector<long> parse_numbers(std::string_view text) {
  std::vector<long> numbers;
  Scanner scanner(text);
  for (long number = 0; scanner.next(number);) numbers.push_back(number);
  return numbers;
}

std::optional<FileKind> kind_of_link(std::string_view link) {
  if (link.starts_with("pipe:[")) return FileKind::pipe;
  if (link.starts_with("socket:[")) return FileKind::socket;
  if (link.starts_with("pidfd:[")) return FileKind::pidfd;
  if (!link.starts_with("anon_inode:")) return std::nullopt;
  std::string_view name = link.substr(link.find(':') + 1);
  if (name.starts_with('[')) name.remove_prefix(1);
  if (name.starts_with("eventfd]")) return FileKind::eventfd;
  if (name.starts_with("timerfd]")) return FileKind::timerfd;
  if (name.starts_with("signalfd]")) return FileKind::signalfd;
  if (name.starts_with("eventpoll]")) return FileKind::epoll;
  if (name.starts_with("pidfd]")) return FileKind::pidfd;
  if (name.starts_with("io_uring")) return FileKind::io_uring;
  return FileKind::other;
}

bool is_made_up(std::string_view path) {
  return path.starts_with("/dev/shm/sem.mp-");
}

bool is_our_elf(std::string_view head) {
#if defined(__x86_64__)
  constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
  constexpr unsigned kMachine = EM_AARCH64;
#else
  constexpr unsigned kMachine = EM_NONE;
#endif
  constexpr std::size_t kMachineAt = offsetof(Elf64_Ehdr, e_machine);
  if (head.size() < kMachineAt + 2 || !head.starts_with(ELFMAG)) return false;
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(head[at]));
  };
  return byte(EI_CLASS) == ELFCLASS64 && byte(EI_DATA) == ELFDATA2LSB &&
         (byte(kMachineAt) | byte(kMachineAt + 1) << 8) == kMachine;
}

}  // namespace poolbugs::wait
