#include "CLibraries.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The bounds of the list; absent from programs that call no library so.
extern const struct tide_lazy_function __start_tide_lazy[] __attribute__((weak));
extern const struct tide_lazy_function __stop_tide_lazy[] __attribute__((weak));

static const char *said(void) {
  const char *reason = dlerror();
  return reason != NULL ? reason : "it cannot be loaded";
}

const char *tide_library_problem(const char *file) {
  void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return said();
  for (const struct tide_lazy_function *function = __start_tide_lazy; function < __stop_tide_lazy; function++) {
    if (strcmp(function->file, file) == 0 && dlsym(library, function->name) == NULL) return said();
  }
  return NULL;
}

static void *missing(void) {
  fprintf(stderr, "error while loading shared libraries: %s. Install it: `make setup` does.\n", said());
  _exit(127);
}

void *tide_library_function(const char *file, const char *name) {
  // Loading again what is loaded gives the same handle; nothing is ever unloaded.
  void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return missing();
  void *function = dlsym(library, name);
  return function != NULL ? function : missing();
}
