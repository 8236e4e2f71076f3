/* libosip2 as second opinion: what our reader takes without a defect, osip
 * takes, too, and sees the same in it. Each wanted difference is listed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>        /* osip_port.h needs it */

#include <cmocka.h>
#include <osipparser2/osip_parser.h>

#include "sip_files.h"
#include "wire/sip.h"

static struct sip_msg m;
static unsigned agreed;

/* What osip refuses or sees otherwise although RFC 3261 allows it. */
static const struct wanted { const char *file, *why; } wanted[] = {
	{ "novelsc.sip", "refuses a Request-URI that is not sip: or tel:" },
	{ "intmeth.sip", "reads C strings, so a quoted NUL ends the message" },
	{ "mpart01.sip", "splits a multipart body into its parts" },
	{ "no-length", "wants Content-Length; in a datagram the body is the "
	  "rest (RFC 3261 18.3)" },
};

static bool is_wanted(const char *file)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (!strcmp(wanted[i].file, file))
			return true;
	return false;
}

static bool same(struct span ours, const char *theirs)
{
	return theirs ? span_eq(ours, span_str(theirs)) : span_empty(ours);
}

static unsigned elements(enum sip_hdr h)
{
	struct sip_list it = { 0 };
	struct span el;
	unsigned n = 0;

	while (sip_list_next(&m, h, &it, &el))
		n++;
	return n;
}

/* Call-ID, which osip cuts at "@". */
static bool same_call_id(const osip_message_t *o)
{
	char text[512];

	if (!o->call_id)
		return span_absent(sip_get(&m, SIP_H_CALL_ID));
	snprintf(text, sizeof(text), "%s%s%s", o->call_id->number,
		 o->call_id->host ? "@" : "",
		 o->call_id->host ? o->call_id->host : "");
	return same(sip_get(&m, SIP_H_CALL_ID), text);
}

static bool same_cseq(const osip_message_t *o)
{
	struct span method;
	uint32_t number;

	if (!sip_cseq_read(sip_get(&m, SIP_H_CSEQ), &number, &method))
		return !o->cseq;
	return o->cseq && strtoul(o->cseq->number, NULL, 10) == number &&
	       same(method, o->cseq->method);
}

/* What differs, or NULL. */
static const char *difference(osip_message_t *o)
{
	static const struct { enum sip_hdr h; const char *name; } lists[] = {
		{ SIP_H_VIA, "Via" }, { SIP_H_CONTACT, "Contact" },
		{ SIP_H_ROUTE, "Route" }, { SIP_H_RECORD_ROUTE, "Record-Route" },
		{ SIP_H_AUTHORIZATION, "Authorization" },
		{ SIP_H_WWW_AUTHENTICATE, "WWW-Authenticate" },
	};
	const osip_list_t *theirs[] = {
		&o->vias, &o->contacts, &o->routes, &o->record_routes,
		&o->authorizations, &o->www_authenticates,
	};
	osip_body_t *body = NULL;
	struct sip_addr a;
	struct sip_uri u;

	if (m.request ? !same(m.method, o->sip_method) :
	    m.status != o->status_code)
		return "start line";
	if (!same_call_id(o))
		return "Call-ID";
	if (!same_cseq(o))
		return "CSeq";
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if ((int)elements(lists[i].h) != osip_list_size(theirs[i]))
			return lists[i].name;
	if (sip_addr_read(&a, sip_get(&m, SIP_H_FROM)) != (o->from != NULL))
		return "From";
	if (o->from && o->from->url && o->from->url->host &&
	    (!sip_uri_read(&u, a.uri) || !same(u.host, o->from->url->host)))
		return "From's host";
	osip_message_get_body(o, 0, &body);
	if (m.body.n != (body ? body->length : 0))
		return "body";
	return NULL;
}

static void compare(const char *file, struct span bytes)
{
	bool known = sip_read(&m, bytes);
	osip_message_t *o;

	if (!known || m.n_defects)
		return;
	assert_int_equal(osip_message_init(&o), 0);
	int rc = osip_message_parse(o, bytes.p, bytes.n);
	const char *diff = rc ? "osip refuses it" : difference(o);

	osip_message_free(o);
	if (diff && !is_wanted(file))
		fail_msg("%s: %s", file, diff);
	if (!diff && is_wanted(file))
		fail_msg("%s: no difference any more", file);
	agreed += !diff;
}

static void quiet(const char *file, int line, osip_trace_level_t level,
		  const char *format, va_list ap)
{
	(void)file;
	(void)line;
	(void)level;
	(void)format;
	(void)ap;
}

static void corpora(void **state)
{
	(void)state;
	parser_init();
	/* It would report each refusal on stdout. */
	osip_trace_initialize_func(TRACE_LEVEL7, quiet);
	assert_int_equal(file_each(TORTURE, ".sip", compare), 49);
	assert_true(file_each(CORPUS, "", compare) >= 40);
	/* The rest has defects, or is one of the wanted differences. */
	assert_true(agreed >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpora),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
