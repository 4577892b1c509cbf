#define _GNU_SOURCE
#include <spawn.h>
#include <sys/mman.h>

#include "CSpawn.h"

int cspawn_add_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cspawn_add_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

short cspawn_new_session(void) { return POSIX_SPAWN_SETSID; }

int cspawn_memory_file(void) { return memfd_create("secret", MFD_CLOEXEC); }
