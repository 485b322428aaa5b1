#include "harness/plants/field/program.hpp"

namespace poolbugs::field {
namespace {

/// Whoever stands around it.
const std::string kCause = "eof-never-comes", kCore = "stuck";

Program pytest(const std::string& name, const std::string& what,
               std::vector<std::string> needs) {
  needs.push_back("python:pytest");
  return {name,
          {"python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
           "@ordinary/" + what},
          std::move(needs)};
}

std::vector<Hang> interpreters() {
  return {
      {{"python", {"python3", "@ordinary/lock.py"}}},
      {{"unittest",
        {"python3", "-m", "unittest", "discover", "@ordinary",
         "test_lock.py"}}},
      {pytest("pytest", "test_lock.py", {})},
      {pytest("pytest_asyncio_lock", "test_asyncio.py::test_lock",
              {"python:pytest_asyncio"})},
      // epoll_wait does not survive a stop; that CPython repeats it (PEP 475)
      // is not known of the kernel.
      {pytest("pytest_asyncio_future", "test_asyncio.py::test_future",
              {"python:pytest_asyncio"}),
       Says::whole_by_signal, "", "", "", true},
      {{"asyncio_lock", {"python3", "@ordinary/asyncio_lock.py"}}},
      {{"asyncio_future", {"python3", "@ordinary/asyncio_future.py"}},
       Says::whole_by_signal,
       "",
       "",
       "",
       true},
      {{"native", {"stuck"}}, Says::whole, kCause, kCore},
      {{"googletest", {"stuck_test"}}, Says::whole, kCause, "stuck_test"},
      {{"perl", {"perl", "@ordinary/pipe.pl"}}, Says::whole, kCause, "perl"},
      {{"rust", {"rs_lock"}}},
      // They catch SIGTERM and others, whatever the program says.
      {{"php", {"php", "@ordinary/flock.php", "lock"}}, Says::whole_by_signal},
      // … but this one only waits for the end of what is stuck.
      {{"php_proc_close", {"php", "@ordinary/proc_close.php"}},
       Says::whole,
       kCause,
       kCore},
      // Its own pipes stand before that of the child.
      {{"node", {"node", "@ordinary/spawn.js"}},
       Says::whole_by_signal,
       kCause,
       "",
       "",
       false,
       true},
      // A POSIX timer, which is not armed, as one is told who asks.
      {{"ruby", {"ruby", "@ordinary/pipe.rb"}}, Says::whole_by_signal},
      {{"ruby_system", {"ruby", "@ordinary/system.rb"}},
       Says::whole_by_signal,
       "",
       "",
       "",
       false,
       true},
  };
}

Hang shell(const std::string& name, const char* shell, const char* script,
           std::vector<std::string> needs = {}) {
  return {{name, {shell, "-c", script}, std::move(needs)},
          Says::whole,
          kCause,
          kCore};
}

std::vector<Hang> shells() {
  return {
      shell("bash", "bash", "stuck"),
      shell("bash_and_more", "bash", "stuck; true"),
      shell("bash_substitution", "bash", "echo $(stuck)"),
      shell("bash_substitution_and_more", "bash", "x=$(stuck; true); true"),
      shell("bash_pipeline", "bash", "stuck | cat"),
      shell("bash_trap", "bash", "trap 'echo heard' TERM; stuck; true"),
      shell("bash_wait", "bash", "trap 'echo heard' TERM; stuck & wait"),
      shell("sh_and_more", "sh", "stuck; true"),
      shell("sh_pipeline", "sh", "stuck | cat"),
      shell("sh_trap", "sh", "trap 'echo heard' TERM; stuck; true"),
      shell("xargs", "sh", "echo | xargs stuck", {"xargs"}),
      shell("xargs_two", "sh", "echo a b | xargs -n 1 -P 2 stuck", {"xargs"}),
  };
}

std::vector<Hang> builders() {
  const std::string makefile = "@ordinary/Makefile";
  const std::string ninja = "@ordinary/build.ninja";
  return {
      {{"make", {"make", "-f", makefile, "one"}}, Says::whole, kCause, kCore},
      {{"make_shell", {"make", "-f", makefile, "shell"}},
       Says::whole,
       kCause,
       kCore},
      {{"make_two", {"make", "-j2", "-f", makefile}},
       Says::whole,
       kCause,
       kCore},
      {{"ninja", {"ninja", "-j1", "-f", ninja}},
       Says::whole,
       kCause,
       kCore,
       "",
       true},
      {{"ninja_two", {"ninja", "-j2", "-f", ninja}},
       Says::whole,
       kCause,
       kCore,
       "",
       true},
      {{"su",
        {"su", "-s", "/bin/sh", "nobody", "-c", "exec $FIELD_BUILT/stuck"},
        {"root"}},
       Says::whole,
       kCause,
       kCore},
      {{"su_shell",
        {"su", "-s", "/bin/sh", "nobody", "-c", "$FIELD_BUILT/stuck; true"},
        {"root"}},
       Says::whole,
       kCause,
       kCore},
      {{"nohup", {"nohup", "nice", "env", "stuck"}},
       Says::whole,
       kCause,
       kCore},
      // They end what takes them too long, sooner or later.
      {{"ctest",
        {"sh", "-c", "cp $FIELD/ordinary/CTestTestfile.cmake . && exec ctest"},
        {"ctest"}},
       Says::part,
       "",
       "stuck"},
      {{"timeout", {"timeout", "1000", "stuck"}}, Says::part, "", "stuck"},
  };
}

}  // namespace

std::vector<Hang> ordinary() {
  std::vector<Hang> all = interpreters();
  for (const auto& more : {shells(), builders()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace poolbugs::field
