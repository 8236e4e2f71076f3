/* JSON bodies: parsed by jansson, asked by JSON Pointer (RFC 6901) or by
 * alternative member names. */
#ifndef SOURCE_JSON_READ_H
#define SOURCE_JSON_READ_H

#include <jansson.h>

#include "base/span.h"

/* NULL: no JSON. Give it back with json_decref. */
json_t *json_read(struct span body);
/* NULL: nothing there (or pointer NULL). */
const json_t *json_point(const json_t *root, const char *pointer);
/* The first of the "a b c" members of an object that is there. */
const json_t *json_any(const json_t *root, const char *names);
/* The text of a string; SPAN_NONE for anything else. */
struct span json_text(const json_t *v);
/* Seconds from a number or a numeric string, as microseconds; *whole: no
 * fraction. False for anything else. */
bool json_seconds(const json_t *v, int64_t *us, bool *whole);

#endif
