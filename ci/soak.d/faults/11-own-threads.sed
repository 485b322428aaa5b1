# platform/wait_objects_linux.cpp
# A process does not wake its own private futexes.
s/std::vector<int> found{process};/std::vector<int> found;/
