// fork inside one's own critical section
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  ::pthread_mutex_lock(&mutex);
  if (::fork() == 0) {
    ::pthread_mutex_lock(&mutex);
    ::_exit(0);
  }
  ::wait(nullptr);
}
