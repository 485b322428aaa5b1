#include <windows.h>

#include "platform/unique_fd.hpp"

namespace poolbugs {

void close_descriptor(Descriptor descriptor) { ::CloseHandle(descriptor); }

}  // namespace poolbugs
