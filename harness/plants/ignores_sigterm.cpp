// Nothing but SIGKILL ends it.
#include <signal.h>
#include <unistd.h>

int main() {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_IGN);
  while (true) ::pause();
}
