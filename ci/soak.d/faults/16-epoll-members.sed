# platform/wait_files_linux.cpp
# An epoll set has one member.
s/numbers.push_back(entry.descriptor);/if (numbers.empty()) numbers.push_back(entry.descriptor);/
