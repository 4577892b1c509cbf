#include "CLibraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

static void *missing(void) {
  const char *reason = dlerror();
  fprintf(stderr, "error while loading shared libraries: %s. Install it: `make setup` does.\n", reason ? reason : "unknown");
  _exit(127);
}

const char *tide_library_problem(const char *file) {
  if (dlopen(file, RTLD_LAZY | RTLD_LOCAL) != NULL) return NULL;
  const char *reason = dlerror();
  return reason != NULL ? reason : "it cannot be loaded";
}

void *tide_library_function(const char *file, const char *name) {
  // Loading again what is loaded gives the same handle; nothing is ever unloaded.
  void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return missing();
  void *function = dlsym(library, name);
  return function != NULL ? function : missing();
}
