#ifndef TIDEGATE_CCURL_H
#define TIDEGATE_CCURL_H

#include <curl/curl.h>
#include <stddef.h>

// libcurl sets and reads options through variadic functions, which Swift cannot call. One typed function per kind of
// argument; each returns libcurl's own code.

typedef size_t (*tide_data_callback)(char *data, size_t size, size_t count, void *context);
typedef int (*tide_seek_callback)(void *context, curl_off_t offset, int origin);

CURLcode tide_set_long(CURL *easy, CURLoption option, long value);
CURLcode tide_set_offset(CURL *easy, CURLoption option, curl_off_t value);
/// The string is copied by libcurl; NULL restores "none".
CURLcode tide_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode tide_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode tide_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode tide_set_on_data(CURL *easy, CURLoption option, tide_data_callback callback);
CURLcode tide_set_on_seek(CURL *easy, tide_seek_callback callback);
/// Sockets are opened close-on-exec, so that no child process inherits a connection.
CURLcode tide_set_private_sockets(CURL *easy);

long tide_get_long(CURL *easy, CURLINFO info);
curl_off_t tide_get_offset(CURL *easy, CURLINFO info);
/// The peer's own certificate as "name:value" lines, if CURLOPT_CERTINFO was set and TLS was spoken; otherwise NULL.
/// It lives as long as the handle.
const struct curl_slist *tide_get_certificate(CURL *easy);

CURLMcode tide_multi_set_long(CURLM *multi, CURLMoption option, long value);

/// Starts a detached thread with all signals blocked: a broken connection's SIGPIPE cannot end the process, and other
/// signals go to threads that expect them. `name` has at most 15 characters. Returns 0, or an errno.
int tide_start_thread(const char *name, void (*body)(void *context), void *context);

#endif
