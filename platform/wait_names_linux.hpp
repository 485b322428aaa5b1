// By which names others can open a file that is mapped, though the mapping says
// "(deleted)".
#pragma once

#include <string>
#include <vector>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {

struct FileNames {
  bool known = false;
  std::vector<std::string> names;  ///< paths; empty and known: there is none
};

/// What a line of /proc/PID/maps calls `path` may have other names: glibc's
/// sem_open(3) maps a temporary name, links it to "sem.NAME" and removes the
/// first (sem_open.c in sysdeps/pthread). Looks through the file system if it
/// is a tmpfs, else asks how many links the file has.
FileNames names_of(const ProcessReading& process, const FileId& file,
                   std::string_view path);

/// Fills in Futex::nameless and, where the name in the mapping is not the one
/// that others could use, Futex::path.
void name_futexes(std::vector<ProcessReading*>& tree);

}  // namespace poolbugs::wait
