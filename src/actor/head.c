#include "actor/head.h"

#include "wire/sip.h"

/* The line at the front of *rest, folds included; false at the blank line. */
static bool take_line(struct span *rest, struct span *line)
{
	size_t from = 0;

	for (;;) {
		long end = span_find(span_from(*rest, from), S("\r\n"));

		if (end < 0)
			return false;
		end += (long)from;
		from = (size_t)end + 2;
		if (end > 0 && from < rest->n && (rest->p[from] == ' ' || rest->p[from] == '\t'))
			continue;
		*line = span_sub(*rest, 0, (size_t)end);
		*rest = span_from(*rest, from);
		return true;
	}
}

bool head_read(struct head *h, struct span message)
{
	struct span rest = message, line;

	h->n = 0;
	if (!take_line(&rest, &h->start) || span_empty(h->start))
		return false;
	while (take_line(&rest, &line)) {
		long colon;

		if (span_empty(line)) {
			h->body = rest;
			return true;
		}
		colon = span_chr(line, ':');
		if (colon <= 0 || h->n == LIMIT_SIP_HEADERS)
			return false;
		h->line[h->n++] = (struct head_line){
			.whole = line,
			.name = span_trim(span_sub(line, 0, (size_t)colon)),
			.value = span_trim(span_from(line, (size_t)colon + 1)),
		};
	}
	return false;
}

bool head_is(const struct head_line *l, struct span name)
{
	enum sip_hdr id = sip_hdr_id(name);

	return span_ieq(l->name, name) || (id != SIP_H_OTHER && sip_hdr_id(l->name) == id);
}

void head_put_line(struct buf *b, struct span line)
{
	buf_add(b, line);
	buf_add(b, S("\r\n"));
}

void head_put(struct buf *b, struct span name, struct span value)
{
	buf_add(b, name);
	buf_add(b, S(": "));
	head_put_line(b, value);
}
