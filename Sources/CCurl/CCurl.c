#define _GNU_SOURCE
#include "CCurl.h"
#include "CLibraries.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// The header wraps these in macros that check nothing here.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt
#define LOADED(name) TIDE_LOADED(TIDE_CURL_LIBRARY, name)

TIDE_LISTED(TIDE_CURL_LIBRARY, curl_easy_setopt)
TIDE_LISTED(TIDE_CURL_LIBRARY, curl_easy_getinfo)
TIDE_LISTED(TIDE_CURL_LIBRARY, curl_multi_setopt)

CURLcode tide_set_long(CURL *easy, CURLoption option, long value) { return LOADED(curl_easy_setopt)(easy, option, value); }

CURLcode tide_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return LOADED(curl_easy_setopt)(easy, option, value);
}

CURLcode tide_set_string(CURL *easy, CURLoption option, const char *value) {
  return LOADED(curl_easy_setopt)(easy, option, value);
}

CURLcode tide_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return LOADED(curl_easy_setopt)(easy, option, value);
}

CURLcode tide_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return LOADED(curl_easy_setopt)(easy, option, value);
}

CURLcode tide_set_on_data(CURL *easy, CURLoption option, tide_data_callback callback) {
  return LOADED(curl_easy_setopt)(easy, option, callback);
}

CURLcode tide_set_on_seek(CURL *easy, tide_seek_callback callback) {
  return LOADED(curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, callback);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)context;
  (void)purpose;
#ifdef SOCK_CLOEXEC
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
  curl_socket_t opened = socket(address->family, address->socktype, address->protocol);
  if (opened >= 0) fcntl(opened, F_SETFD, FD_CLOEXEC);
  return opened;
#endif
}

CURLcode tide_set_private_sockets(CURL *easy) {
  return LOADED(curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

long tide_get_long(CURL *easy, CURLINFO info) {
  long value = 0;
  return LOADED(curl_easy_getinfo)(easy, info, &value) == CURLE_OK ? value : 0;
}

curl_off_t tide_get_offset(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  return LOADED(curl_easy_getinfo)(easy, info, &value) == CURLE_OK ? value : 0;
}

const struct curl_slist *tide_get_certificate(CURL *easy) {
  struct curl_certinfo *chain = NULL;
  if (LOADED(curl_easy_getinfo)(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL) return NULL;
  return chain->num_of_certs > 0 ? chain->certinfo[0] : NULL;
}

CURLMcode tide_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return LOADED(curl_multi_setopt)(multi, option, value);
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *run(void *argument) {
  struct start start = *(struct start *)argument;
  free(argument);
#ifdef __linux__
  pthread_setname_np(pthread_self(), start.name);
#else
  pthread_setname_np(start.name);
#endif
  start.body(start.context);
  return NULL;
}

int tide_start_thread(const char *name, void (*body)(void *), void *context) {
  struct start *start = calloc(1, sizeof *start);
  if (start == NULL) return ENOMEM;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);

  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int failed = pthread_create(&thread, NULL, run, start);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (failed) free(start);
  else pthread_detach(thread);
  return failed;
}
