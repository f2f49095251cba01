// A program that a story starts, kills and reads.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>

namespace dialtone {

// Runs until it is stopped, with its children (it leads a process group), output in a file.
class Process {
 public:
  Process(std::vector<std::string> command, const std::string& directory, const std::string& log) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    setpgid(0, 0);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(file, 1);
    dup2(file, 2);
    if (chdir(directory.c_str()) == 0) execv(arguments[0], arguments.data());
    _exit(127);
  }
  ~Process() { Stop(SIGKILL); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Sends the signal and waits for the end; gives the exit code, or -1 when a signal ended it.
  int Stop(int with_signal) {
    if (pid_ <= 0) return exit_code_;
    setpgid(pid_, pid_);  // in case the child has not come to it
    kill(-pid_, with_signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    kill(-pid_, SIGKILL);  // children that outlived it
    pid_ = 0;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return exit_code_;
  }

  void Pause() { kill(-pid_, SIGSTOP); }
  void Resume() { kill(-pid_, SIGCONT); }

 private:
  pid_t pid_ = 0;
  int exit_code_ = -1;
};

// Looks every 5 ms whether `holds`; gives up after `patience`.
template <typename Condition>
bool WaitUntil(Condition holds, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace dialtone
