// The name that people search for: "SIGSEGV" rather than 11, and
// "STATUS_ACCESS_VIOLATION" rather than 3221225477.
#pragma once

#include <cstdint>
#include <string>

namespace poolbugs {

/// "SIGSEGV"; "signal 64" for a number without a name.
std::string signal_name(int number);

/// The NTSTATUS that an exit code of Windows is, if Windows itself ends a
/// process with it: "STATUS_ACCESS_VIOLATION" of 3221225477, "0xC0000123" of
/// an error without a name here. "" for any other exit code: 0xFFFFFFFF is what
/// is left of exit(-1), no status, since an NTSTATUS has the bit N clear (and C
/// clear if it is Microsoft's:
/// https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/87fba13e-bf06-450e-83b1-9241dc81e781).
/// POSIX exit codes end at 255 and are never one.
std::string status_name(std::int64_t exit_code);

}  // namespace poolbugs
