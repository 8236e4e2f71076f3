/* Lines of a text file, one at a time, with a cap: a longer line is an error
 * before it is in memory. LF or CRLF ends a line; the last one may lack it. A
 * UTF-8 byte order mark at the start of the file is passed over. */
#ifndef TRACE_LINE_H
#define TRACE_LINE_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct line_reader;

int line_open(struct line_reader **out, const char *file, struct err *err);
void line_close(struct line_reader *r);
/* 1: *line without its end, valid until the next call; 0: end of the file;
 * <0: longer than cap bytes, or the file cannot be read. */
int line_next(struct line_reader *r, size_t cap, struct span *line,
	      struct err *err);
/* Number of the line read last, from 1. */
uint64_t line_number(const struct line_reader *r);
const char *line_file(const struct line_reader *r);

#endif
