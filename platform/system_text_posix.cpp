#include <sys/utsname.h>

#include "platform/system_text.hpp"
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

namespace poolbugs {

std::string system_text() {
  utsname system{};
  if (::uname(&system) != 0) return "";
  return std::string(system.sysname) + " " + system.release;
}

std::string libc_text() {
#ifdef __GLIBC__
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "";
#endif
}

std::vector<std::string> usual_variables() {
  return {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
}

}  // namespace poolbugs
