#pragma once
#include <spawn.h>

/// `posix_spawn_file_actions_addclosefrom_np`, which glibc declares only under _GNU_SOURCE.
int cspawn_add_close_from(posix_spawn_file_actions_t *actions, int first);

/// `posix_spawn_file_actions_addchdir_np`, likewise.
int cspawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path);

/// `POSIX_SPAWN_SETSID`, likewise.
short cspawn_new_session(void);

/// `memfd_create`: a file that is only in memory; -1 when the system gives none.
int cspawn_memory_file(void);
