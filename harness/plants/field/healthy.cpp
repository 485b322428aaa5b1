#include "harness/plants/field/program.hpp"

namespace poolbugs::field {

std::vector<Healthy> healthy() {
  const std::string python = "python3";
  return {
      {{"h_event_forever", {python, "@healthy/h_event_forever.py"}},
       Wake::terminate,
       "stopped"},
      {{"h_pool_parent_signal", {python, "@healthy/h_pool_parent_signal.py"}},
       Wake::terminate,
       "stopped"},
      {{"h_selfpipe", {"h_selfpipe"}}, Wake::terminate, "stopped"},
      {{"h_sem_in_handler", {"h_sem_in_handler"}}, Wake::terminate, "stopped"},
      {{"h_sigwait", {"h_sigwait"}}, Wake::terminate, "stopped"},
      {{"perl_selfpipe", {"perl", "@healthy/perl_selfpipe.pl"}},
       Wake::terminate,
       "stopped"},
      {{"trapwait", {"sh", "@healthy/trapwait.sh"}},
       Wake::terminate,
       "stopped"},
      {{"h_event_ctrlc", {python, "@healthy/h_event_ctrlc.py"}},
       Wake::interrupt,
       "bye",
       Says::whole_by_signal,
       "",
       true},
      {{"stop_epoll", {"stop_epoll", "epoll"}}, Wake::stop, "interrupted"},
      // Anybody may find the semaphore by its number.
      {{"stop_semop", {"stop_epoll", "semop"}},
       Wake::stop,
       "interrupted",
       Says::moves},
      {{"wuntraced", {"wuntraced"}}, Wake::stop_child, "went on"},
      {{"h_sem_named", {"h_sem_named", "{name}"}},
       Wake::post,
       "got it",
       Says::moves,
       "somebody opens"},
      {{"h_mq_named", {"h_mq_named", "{name}"}},
       Wake::message,
       "got it",
       Says::moves,
       "somebody opens"},
      {{"h_orphan_shared", {"h_orphan_shared", "fifo"}},
       Wake::write_to_fifo,
       "got it",
       Says::moves,
       "somebody opens"},
      {{"asyncio_server", {python, "@healthy/asyncio_server.py"}},
       Wake::client,
       "served",
       Says::moves},
  };
}

}  // namespace poolbugs::field
