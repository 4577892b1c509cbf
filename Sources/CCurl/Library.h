#ifndef TIDEGATE_CURL_LIBRARY_H
#define TIDEGATE_CURL_LIBRARY_H

/// The library's file, by the version of its interface that <curl/curl.h> describes.
#define TIDE_CURL "libcurl.so.4"

#endif
