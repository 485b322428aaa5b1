// What the harness and its jails (the sandbox' helper program) say to each
// other over a SOCK_SEQPACKET socket. One jail holds one run at a time.
//
//   harness → jail   Launch  then, at any time before Done, at most one End
//   jail → harness   Ready or Failed, once, after its own set-up;
//                    Done or Failed, once for every Launch
//
// EOF is the third message of the harness: the jail ends the run, removes what
// it made and leaves. The kernel sends it however the harness dies.
#pragma once

#include <cstdint>

namespace poolbugs::jail {

inline constexpr int kSocketFd = 3;
inline constexpr int kStdoutFd = 4;
inline constexpr int kStderrFd = 5;

/// Largest message: a Launch with all its arguments and environment.
inline constexpr std::size_t kMaxMessage = 128 * 1024;

enum class Kind : char {
  launch = 'L',  ///< LaunchHeader, then NUL-terminated argv and environment
  end = 'E',     ///< EndRequest
  ready = 'R',   ///< text: "processes: …\nmemory: …\nfolder: …\n"
  failed = 'F',  ///< text: the call that failed, and why
  done = 'D',    ///< DoneHeader, then lines "KIND NAME" of what was left
};

struct LaunchHeader {
  Kind kind = Kind::launch;
  std::uint32_t argument_count = 0;
  std::uint32_t environment_count = 0;
};

struct EndRequest {
  Kind kind = Kind::end;
  std::uint32_t grace_ms = 0;  ///< between SIGTERM and SIGKILL
};

struct DoneHeader {
  Kind kind = Kind::done;
  std::int32_t wait_status = 0;  ///< of the first process; see `exited`
  bool exited = false;           ///< the first process ended before End came
  bool process_limit = false;    ///< the kernel refused a process
  bool memory_limit = false;     ///< the kernel ended a process for memory
  bool disk_limit = false;       ///< the private /tmp or /dev/shm was full
  double seconds = 0;            ///< from start to the first process' end
  double cpu_seconds = 0;        ///< user + system, of all that were reaped
};

}  // namespace poolbugs::jail
