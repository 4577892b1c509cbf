#ifndef TIDEGATE_CLIBRARIES_H
#define TIDEGATE_CLIBRARIES_H

#include <stdatomic.h>

// libcurl and libpq bring thirty more libraries with them. Finding, mapping and relocating those takes longer than
// validating a project does, and most commands need neither. They are loaded when one of their functions is first called.

/// Their files, by the versions of their interfaces that <curl/curl.h> and <libpq-fe.h> describe.
#define TIDE_CURL_LIBRARY "libcurl.so.4"
#define TIDE_POSTGRES_LIBRARY "libpq.so.5"

/// Loads a library, which stays loaded from then on. NULL when it could be and has every function that this program calls;
/// otherwise why not, until the thread's next call.
const char *tide_library_problem(const char *file);

/// The address of a function of a shared library, which stays loaded from then on. Without the library, or the function in
/// it, the process ends with status 127 and a sentence, as it would have at its start had it been linked to it.
void *tide_library_function(const char *file, const char *name);

struct tide_lazy_function {
  const char *file;
  const char *name;
};

/// Puts a function on the list that `tide_library_problem` goes through: the linker gathers it.
#define TIDE_LISTED(file, name)                                                                                        \
  __attribute__((used, retain, section("tide_lazy"))) static const struct tide_lazy_function tide_lazy_##name = {      \
      file, #name};

/// Defines a function of a library, with the prototype that the library's own header declares, as a call of the one in the
/// library.
#define TIDE_LAZY(file, result, name, parameters, arguments)                                                           \
  TIDE_LISTED(file, name)                                                                                              \
  result name parameters {                                                                                             \
    return TIDE_LOADED(file, name) arguments;                                                                          \
  }

/// The library's function itself, typed as its header declares it. For those with variable arguments, which cannot be
/// passed on, and which TIDE_LISTED has to list.
#define TIDE_LOADED(file, name)                                                                                        \
  (__extension__({                                                                                                     \
    static _Atomic(__typeof__(&name)) tide_known;                                                                      \
    __typeof__(&name) tide_function = atomic_load_explicit(&tide_known, memory_order_acquire);                         \
    if (!tide_function) {                                                                                              \
      tide_function = (__typeof__(&name))tide_library_function(file, #name);                                           \
      atomic_store_explicit(&tide_known, tide_function, memory_order_release);                                         \
    }                                                                                                                  \
    tide_function;                                                                                                     \
  }))

#endif
