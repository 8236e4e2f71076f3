/* The start line, and what may stand before it. */
#include "wire/sip_in.h"

size_t sip_blank_lines(struct span s)
{
	size_t i = 0;

	for (;;) {
		if (i < s.n && s.p[i] == '\n')
			i++;
		else if (i + 1 < s.n && s.p[i] == '\r' && s.p[i + 1] == '\n')
			i += 2;
		else
			return i;
	}
}

static bool is_version(struct span s)
{
	return s.n >= 4 && span_istarts(s, S("SIP/"));
}

static const char *blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static const char *word(const char *p, const char *end)
{
	while (p < end && *p != ' ' && *p != '\t')
		p++;
	return p;
}

/* Status-Line = SIP-Version SP Status-Code SP Reason-Phrase; the reason may
 * be empty, the space before it may not be left out. */
static bool status_line(struct sip_start *s, struct span line)
{
	const char *end = line.p + line.n;
	const char *p = word(line.p, end);

	s->version = sip_between(line.p, p);
	const char *code = blanks(p, end);
	const char *code_end = sip_run(code, end, SIP_C_DIGIT);

	if (code == p || code_end == code)
		return false;
	s->status = sip_between(code, code_end);
	const char *reason = blanks(code_end, end);

	/* The reason itself may begin with a blank: only one is taken off. */
	if (reason != code_end)
		reason = code_end + 1;
	s->single_spaced = code == p + 1 && *p == ' ' && reason != code_end &&
			   *code_end == ' ';
	s->reason = sip_between(reason, end);
	return reason != code_end || reason == end;
}

/* Request-Line = Method SP Request-URI SP SIP-Version. The version is the
 * last word, so that a Request-URI with blanks inside is still seen. */
static bool request_line(struct sip_start *s, struct span line)
{
	const char *end = line.p + line.n;
	const char *p = sip_run(line.p, end, SIP_C_TOKEN);

	s->method = sip_between(line.p, p);
	if (p == line.p || p == end || (*p != ' ' && *p != '\t'))
		return false;
	const char *uri = blanks(p, end);
	const char *stop = end;

	while (stop > uri && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	const char *version = stop;

	while (version > uri && version[-1] != ' ' && version[-1] != '\t')
		version--;
	s->version = sip_between(version, stop);
	if (version == uri || !is_version(s->version))
		return false;
	const char *uri_end = version;

	while (uri_end[-1] == ' ' || uri_end[-1] == '\t')
		uri_end--;
	s->uri = sip_between(uri, uri_end);
	s->single_spaced = uri == p + 1 && *p == ' ' && stop == end &&
			   uri_end + 1 == version && *uri_end == ' ';
	return true;
}

bool sip_start_read(struct sip_start *s, struct span line)
{
	*s = (struct sip_start){ 0 };
	s->request = !is_version(line);
	return s->request ? request_line(s, line) : status_line(s, line);
}
