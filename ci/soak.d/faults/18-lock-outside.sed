# platform/wait_files_linux.cpp
# Who outside has a locked file open is not asked.
s/if (objects.in_flight() || objects.held_outside(file->kind, file->file))/if (objects.in_flight())/
