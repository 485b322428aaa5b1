// A worker is the first to use an Objective-C class, in a program that has a
// thread. The class is made by the runtime's own C calls, so that no framework
// is needed; the classes of Apple's frameworks do the same.
#include <dlfcn.h>

#include <cerrno>
#include <latch>
#include <string>
#include <thread>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

/// A function of libobjc, opened at run time: cross compilers do not bring it.
template <class Signature>
Signature* runtime(const char* name) {
  static void* library = dlopen("/usr/lib/libobjc.A.dylib", RTLD_NOW);
  void* found = library == nullptr ? nullptr : dlsym(library, name);
  if (found == nullptr) check_error(ENOSYS, name);
  return reinterpret_cast<Signature*>(found);
}

void initialize(void*, void*) {}  // what the runtime sends before any message

int work() {
  const auto selector = runtime<void*(const char*)>("sel_registerName");
  void* base = runtime<void*(const char*)>("objc_getClass")("NSObject");
  void* task = runtime<void*(void*, const char*, std::size_t)>(
      "objc_allocateClassPair")(base, "PoolbugsTask", 0);
  void* meta = runtime<void*(void*)>("object_getClass")(task);
  runtime<bool(void*, void*, void (*)(void*, void*), const char*)>(
      "class_addMethod")(meta, selector("initialize"), initialize, "v@:");
  runtime<void(void*)>("objc_registerClassPair")(task);
  runtime<void*(void*, void*)>("objc_msgSend")(task, selector("self"));
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  runtime<void*(const char*)>("objc_getClass");  // loaded, as in most programs
  std::latch done(1);
  std::thread other([&] { done.wait(); });
  const StartMethod method = StartMethod::fork;
  const auto end = wait_for(start_worker(method, argv, work));
  done.count_down();
  other.join();
  expected("the worker ended with 0");
  observed("the worker ended with " + std::to_string(end));
}
