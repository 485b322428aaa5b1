#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/signal_name.hpp"

namespace poolbugs {
namespace {

struct Status {
  std::uint32_t code;
  const char* name;
};

/// Those that end processes, by [MS-ERREF] 2.3.1; the last two are the
/// exceptions of C++ (Visual C++) and of .NET, in the debugger's list of
/// exceptions.
constexpr std::array kStatuses{
    Status{0x80000001, "STATUS_GUARD_PAGE_VIOLATION"},
    Status{0x80000002, "STATUS_DATATYPE_MISALIGNMENT"},
    Status{0x80000003, "STATUS_BREAKPOINT"},
    Status{0x80000004, "STATUS_SINGLE_STEP"},
    Status{0xC0000005, "STATUS_ACCESS_VIOLATION"},
    Status{0xC0000006, "STATUS_IN_PAGE_ERROR"},
    Status{0xC0000008, "STATUS_INVALID_HANDLE"},
    Status{0xC0000017, "STATUS_NO_MEMORY"},
    Status{0xC000001D, "STATUS_ILLEGAL_INSTRUCTION"},
    Status{0xC0000025, "STATUS_NONCONTINUABLE_EXCEPTION"},
    Status{0xC0000026, "STATUS_INVALID_DISPOSITION"},
    Status{0xC000008C, "STATUS_ARRAY_BOUNDS_EXCEEDED"},
    Status{0xC000008D, "STATUS_FLOAT_DENORMAL_OPERAND"},
    Status{0xC000008E, "STATUS_FLOAT_DIVIDE_BY_ZERO"},
    Status{0xC000008F, "STATUS_FLOAT_INEXACT_RESULT"},
    Status{0xC0000090, "STATUS_FLOAT_INVALID_OPERATION"},
    Status{0xC0000091, "STATUS_FLOAT_OVERFLOW"},
    Status{0xC0000092, "STATUS_FLOAT_STACK_CHECK"},
    Status{0xC0000093, "STATUS_FLOAT_UNDERFLOW"},
    Status{0xC0000094, "STATUS_INTEGER_DIVIDE_BY_ZERO"},
    Status{0xC0000095, "STATUS_INTEGER_OVERFLOW"},
    Status{0xC0000096, "STATUS_PRIVILEGED_INSTRUCTION"},
    Status{0xC00000FD, "STATUS_STACK_OVERFLOW"},
    Status{0xC0000135, "STATUS_DLL_NOT_FOUND"},
    Status{0xC0000138, "STATUS_ORDINAL_NOT_FOUND"},
    Status{0xC0000139, "STATUS_ENTRYPOINT_NOT_FOUND"},
    Status{0xC000013A, "STATUS_CONTROL_C_EXIT"},
    Status{0xC0000142, "STATUS_DLL_INIT_FAILED"},
    Status{0xC0000374, "STATUS_HEAP_CORRUPTION"},
    Status{0xC0000409, "STATUS_STACK_BUFFER_OVERRUN"},
    Status{0xC0000417, "STATUS_INVALID_CRUNTIME_PARAMETER"},
    Status{0xC0000420, "STATUS_ASSERTION_FAILURE"},
    Status{0xE0434F4D, "STATUS_CLR_EXCEPTION"},
    Status{0xE06D7363, "STATUS_CPP_EH_EXCEPTION"},
};

}  // namespace

std::string status_name(std::int64_t exit_code) {
  const auto named = std::ranges::find_if(kStatuses, [&](const Status& one) {
    return std::int64_t{one.code} == exit_code;
  });
  if (named != kStatuses.end()) return named->name;
  // Severity error, Microsoft's, and no HRESULT.
  if (exit_code >= 0xC0000000 && exit_code < 0xD0000000)
    return fmt::format("0x{:08X}", exit_code);
  return "";
}

}  // namespace poolbugs
