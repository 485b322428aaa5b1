#include "harness/plants/field/program.hpp"

namespace poolbugs::field {
namespace {

Program python(const std::string& name, std::vector<std::string> needs = {}) {
  return {name, {"python3", "@hangs/" + name + ".py"}, std::move(needs)};
}

std::vector<Hang> in_python() {
  return {
      {python("py_wait_pipe"), Says::whole, "join-cycle", "head python3"},
      {python("py_idle_threads_and_pipe"), Says::whole, "join-cycle",
       "head python3"},
      // A lock of CPython does not say who has it; but the core is the worker.
      {python("py_loky_lock", {"python:joblib"}), Says::whole, "lost-wakeup",
       "python3"},
      {python("py_fork_selflock"), Says::whole, "self-deadlock", "python3"},
      // What its parent has where the lock is depends on both their heaps:
      // self-deadlock, or lost-wakeup where it cannot be told.
      {python("py_refork_selflock"), Says::whole, "", "python3"},
      {python("py_max_tasks"), Says::whole, "lost-wakeup"},
      {python("py_cond_dead_waiter"), Says::whole, "lost-wakeup"},
      {python("py_tracker_fork"), Says::whole, "eof-never-comes"},
      // Likewise: orphaned-lock or lost-wakeup.
      {python("py_monitor_thread"), Says::part, "", "python3"},
      // What holds the pipe waits for the outside.
      {python("py_daemon_holds"), Says::moves},
      {{"go_daemon", {"sh", "@hangs/go_daemon.sh"}, {"ssh-agent"}},
       Says::moves},
      // A terminal and TCP may have ideas of their own.
      {python("py_pexpect_wait", {"python:pexpect"}), Says::moves},
      {python("cc_tcp_full"), Says::moves},
      // A gunicorn catches eight signals, and so do the workers that it forks;
      // after half a minute it sends a worker that says nothing SIGABRT.
      {{"guni",
        {"python3", "-m", "gunicorn", "--preload", "-w", "2", "--bind",
         "unix:socket", "--pythonpath", "@hangs/guni", "app:app"},
        {"python:gunicorn"}},
       Says::part_by_signal,
       "orphaned-lock",
       "python3",
       "socket"},
      // Its main process asks again and again.
      {{"xd",
        {"python3", "-m", "pytest", "-p", "no:cacheprovider", "-n", "1",
         "--dist=loadfile", "@hangs/xd"},
        {"python:xdist"}},
       Says::moves},
  };
}

std::vector<Hang> in_others() {
  return {
      // The shells of these two catch SIGINT, and hold an end or are waited for
      // by who holds one.
      {{"pl_fork_pipe", {"perl", "@hangs/pl_fork_pipe.pl"}},
       Says::whole_by_signal,
       "eof-never-comes"},
      {{"ml_stdin", {"ocaml", "unix.cma", "@hangs/ml_stdin.ml"}},
       Says::whole_by_signal,
       "pipe-cycle",
       "cat ocaml"},
      {{"rb_big_result", {"ruby", "@hangs/rb_big_result.rb"}},
       Says::whole_by_signal},
      {{"php_proc_open", {"php", "@hangs/php_proc_open.php"}},
       Says::whole_by_signal,
       "join-cycle"},
      {{"nd_stdin_end", {"node", "@hangs/nd_stdin_end.js"}},
       Says::whole_by_signal,
       "join-cycle"},
      {{"rs_mutex", {"rs_mutex"}}, Says::whole},
      {{"rs_park", {"rs_park"}}, Says::whole},
      // Both machines have threads that come round by themselves.
      {{"go1", {"go1"}}, Says::moves},
      {{"jv", {"java", "@hangs/jv/Wait.java"}}, Says::moves},
      {{"cc_flock", {"sh", "@hangs/cc_flock.sh", "lock"}},
       Says::whole,
       "lock-cycle"},
  };
}

std::vector<Hang> native() {
  return {
      {{"cc_fork_inside_lock", {"cc_fork_inside_lock"}},
       Says::whole,
       "self-deadlock"},
      {{"cc_git_runcommand", {"cc_git_runcommand"}},
       Says::whole,
       "eof-never-comes"},
      // epoll_wait does not survive a stop.
      {{"cc_asio_wait", {"cc_asio_wait"}},
       Says::whole_by_signal,
       "eof-never-comes"},
      // It has a name: somebody else may open and unlock it.
      {{"cc_ipc_named_mutex", {"cc_ipc_named_mutex", "{name}"}}, Says::moves},
      {{"h_timerfd_unarmed", {"h_timerfd_unarmed"}}, Says::whole},
  };
}

}  // namespace

std::vector<Hang> hangs() {
  std::vector<Hang> all = in_python();
  for (const auto& more : {in_others(), native()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace poolbugs::field
