// cc_ipc_named_mutex NAME: boostorg/interprocess#56, the owner was killed
#include <sys/wait.h>
#include <unistd.h>

#include <boost/interprocess/sync/named_mutex.hpp>
#include <csignal>

int main(int, char** arguments) {
  using namespace boost::interprocess;
  named_mutex mutex(create_only, arguments[1]);
  if (::fork() == 0) {
    mutex.lock();
    ::kill(::getpid(), SIGKILL);
  }
  ::wait(nullptr);
  if (::fork() == 0) {
    mutex.lock();
    ::_exit(0);
  }
  ::wait(nullptr);
}
