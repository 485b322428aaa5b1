// The plain one-way pipe of the cases: bytes, no frames. What fails and is not
// said below prints the call and ends the program with 70, as start_worker()
// does: a case has no better way to go on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "platform/unique_fd.hpp"

namespace poolbugs {

/// How many bytes a new pipe takes before a writer waits: the default of Linux
/// (pipe(7): 16 pages, "65,536 bytes in a system with a page size of 4096
/// bytes"); Windows is asked for as many, but "the size is only a suggestion"
/// (https://learn.microsoft.com/windows/win32/api/namedpipeapi/nf-namedpipeapi-createpipe).
/// Wine 8 takes exactly these.
inline constexpr std::size_t kPipeBuffer = 65536;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// Children inherit neither end unless they are given it.
Pipe make_pipe();

/// What is there, at most `limit` bytes; waits for the first one. Nothing at
/// the end: every write end is closed.
std::string read_some(Descriptor read_end, std::size_t limit = kPipeBuffer);

/// Up to the end.
std::string read_all(Descriptor read_end);

/// Waits while the pipe is full. False if every read end is closed; on POSIX
/// that raises SIGPIPE, too, as write(2) does. Bytes stay as they are, also \n
/// on Windows.
bool write_all(Descriptor write_end, std::string_view bytes);

}  // namespace poolbugs
