// libcurl's functions that Swift calls, loaded when they are first called.
#include "CCurl.h"
#include "CLibraries.h"

#define LAZY(result, name, parameters, arguments) TIDE_LAZY(TIDE_CURL_LIBRARY, result, name, parameters, arguments)

LAZY(CURLcode, curl_global_init, (long flags), (flags))
LAZY(CURL *, curl_easy_init, (void), ())
LAZY(void, curl_easy_cleanup, (CURL * easy), (easy))
LAZY(CURLcode, curl_easy_pause, (CURL * easy, int bits), (easy, bits))
LAZY(const char *, curl_easy_strerror, (CURLcode code), (code))
LAZY(CURLM *, curl_multi_init, (void), ())
LAZY(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi))
LAZY(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy))
LAZY(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy))
LAZY(CURLMcode, curl_multi_perform, (CURLM * multi, int *running), (multi, running))
LAZY(CURLMcode, curl_multi_poll, (CURLM * multi, struct curl_waitfd *more, unsigned int count, int limit, int *ready),
     (multi, more, count, limit, ready))
LAZY(CURLMcode, curl_multi_wakeup, (CURLM * multi), (multi))
LAZY(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left))
LAZY(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text), (list, text))
LAZY(void, curl_slist_free_all, (struct curl_slist * list), (list))
