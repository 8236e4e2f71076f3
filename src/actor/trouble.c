#include "actor/trouble.h"

#include <stdlib.h>
#include <string.h>

#include "actor/serve.h"
#include "actor/trouble_text.h"

#define TICK_US 1000ll
#define BURST 32u               /* messages a tick */
#define DRIP_US 50000ll
#define CHUNK 16384u            /* bytes of an endless body a tick */

#define TROUBLE_ROW(id, name_, role_, text_) \
	[TROUBLE_##id] = { .name = name_, .role = role_, .text = text_ },
const struct trouble_info trouble_table[TROUBLE_COUNT] = {
	[TROUBLE_NONE] = { .name = "none", .role = ROLE_NONE, .text = "" },
	TROUBLE_LIST(TROUBLE_ROW)
};

/* What is said for ever on one connection; just one of the three is set. */
struct trouble_conn {
	struct trouble_conn *next;
	struct trouble_host *host;
	struct http_server *http;
	struct ws_conn *ws;
	struct sip_conn *sip;
	uint64_t timer, n;              /* n: messages so far */
	struct buf answer;              /* sip: the response that is repeated */
};

enum trouble trouble_find(struct span name)
{
	for (unsigned i = TROUBLE_NONE + 1; i < TROUBLE_COUNT; i++)
		if (span_eq(name, span_str(trouble_table[i].name)))
			return (enum trouble)i;
	return TROUBLE_COUNT;
}

/* ---- connections in trouble ---- */

static void conn_drop(struct trouble_conn *c)
{
	for (struct trouble_conn **p = &c->host->conns; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	loop_cancel(c->host->loop, c->timer);
	buf_free(&c->answer);
	free(c);
}

static struct trouble_conn *conn_new(struct trouble_host *h)
{
	struct trouble_conn *c = must_alloc(sizeof(*c));

	*c = (struct trouble_conn){ .next = h->conns, .host = h };
	buf_init(&c->answer, 2 * LIMIT_SIP_BYTES);
	h->conns = c;
	return c;
}

void trouble_host_init(struct trouble_host *h, enum trouble what, struct loop *loop,
		       const char *tag)
{
	struct span rest = span_str(tag);
	enum role role;

	*h = (struct trouble_host){ .loop = loop };
	span_split(&rest, ' ');
	if (role_of(rest, &role) && role == trouble_table[what].role)
		h->what = what;
}

void trouble_host_drop(struct trouble_host *h)
{
	while (h->conns) {
		struct ws_conn *ws = h->conns->ws;

		conn_drop(h->conns);
		if (ws)
			ws_drop(ws);
	}
}

void trouble_gone(struct trouble_host *h, const void *conn)
{
	for (struct trouble_conn *c = h->conns; c; c = c->next)
		if (c->http == conn || c->sip == conn) {
			conn_drop(c);
			return;
		}
}

/* ---- what is said for ever ---- */

static void tick(void *arg);

static void again(struct trouble_conn *c, int64_t us)
{
	c->timer = loop_after(c->host->loop, us, tick, c);
}

static void say_ws(struct trouble_conn *c)
{
	struct buf b;

	buf_init(&b, 2 * LIMIT_SIP_BYTES);
	switch ((int)c->host->what) {
	case TROUBLE_FLOODS:
		trouble_request_text(&b, c->n);
		ws_send(c->ws, WS_TEXT, buf_span(&b));
		ws_send(c->ws, WS_PING, S("flood"));
		break;
	case TROUBLE_GARBAGE_SIP:
		trouble_bad_sip(&b, c->n);
		ws_send(c->ws, WS_TEXT, buf_span(&b));
		break;
	case TROUBLE_ENDLESS_FRAGMENTS: /* FIN never: text, then continuations */
		ws_send_raw(c->ws, c->n ? S("\x00\x01x") : S("\x01\x01x"));
		break;
	case TROUBLE_OVERSIZED_FRAME:
		if (!c->n)
			ws_send_raw(c->ws, S("\x81\x7f\x40\x00\x00\x00\x00\x00\x00\x00"));
		trouble_noise(&b, c->host->loop, 1024);
		ws_send_raw(c->ws, buf_span(&b));
		break;
	default:
		trouble_noise(&b, c->host->loop, 512);
		ws_send_raw(c->ws, buf_span(&b));
	}
	buf_free(&b);
}

static void say_sip(struct trouble_conn *c)
{
	struct buf b;

	buf_init(&b, 2 * LIMIT_SIP_BYTES);
	if (c->host->what != TROUBLE_SCSCF_GARBAGE)
		buf_add(&b, buf_span(&c->answer));
	else if (c->n & 1)
		trouble_noise(&b, c->host->loop, 700);
	else
		trouble_bad_sip(&b, c->n / 2);
	if (b.n > 60000)        /* a datagram is no longer */
		b.n = 60000;
	sip_conn_send(c->sip, buf_span(&b));
	buf_free(&b);
}

static void say_http(struct trouble_conn *c)
{
	char chunk[CHUNK];
	struct link *l = http_server_link(c->http);

	if (c->host->what == TROUBLE_WWSF_DRIPS) {
		link_send(l, S("x"));
		return;
	}
	memset(chunk, ' ', sizeof(chunk));
	link_send(l, S("4000\r\n"));
	link_send(l, (struct span){ chunk, sizeof(chunk) });
	link_send(l, S("\r\n"));
}

static unsigned burst_of(const struct trouble_conn *c)
{
	if (c->http)
		return 1;
	/* Long texts: enough of them are sent anyway. */
	return c->host->what == TROUBLE_SCSCF_TRYING ||
	       c->host->what == TROUBLE_SCSCF_GARBAGE ||
	       c->host->what == TROUBLE_GARBAGE_SIP ? 1 : BURST;
}

static void tick(void *arg)
{
	struct trouble_conn *c = arg;
	unsigned burst = burst_of(c);

	c->timer = 0;
	for (unsigned i = 0; i < burst; i++, c->n++) {
		if (c->ws)
			say_ws(c);
		else if (c->sip)
			say_sip(c);
		else
			say_http(c);
	}
	again(c, c->host->what == TROUBLE_WWSF_DRIPS || c->host->what == TROUBLE_SCSCF_TRYING ?
	      DRIP_US : TICK_US);
}

/* ---- TLS and HTTP ---- */

/* Over sockets the listener does without TLS, so that a ClientHello is never
 * answered; a link in memory has no handshake that could be withheld. */
bool trouble_mutes_tls(const struct trouble_host *h)
{
	return h->what == TROUBLE_NO_TLS && !loop_virtual(h->loop);
}

bool trouble_takes_link(struct trouble_host *h, struct link *l)
{
	if (h->what != TROUBLE_NO_TLS)
		return false;
	link_set_calls(l, (struct link_calls){ 0 });
	return true;
}

static void go_on_http(struct trouble_host *h, struct http_server *s, struct span head)
{
	struct trouble_conn *c = conn_new(h);

	c->http = s;
	link_send(http_server_link(s), head);
	again(c, TICK_US);
}

static void answer_garbage(struct trouble_host *h, struct http_server *s)
{
	struct buf b;

	buf_init(&b, LIMIT_HTTP_BODY);
	trouble_bad_json(&b, loop_random(h->loop));
	serve_reply(s, 200, "application/json", buf_span(&b), NULL);
	buf_free(&b);
}

bool trouble_takes_request(struct trouble_host *h, struct http_server *s,
			   const struct http_msg *m)
{
	switch ((int)h->what) {
	case TROUBLE_NO_UPGRADE:
	case TROUBLE_WWSF_SILENT:
	case TROUBLE_WAF_SILENT:
		return true;
	case TROUBLE_WWSF_GARBAGE:
	case TROUBLE_WAF_GARBAGE:
		if (!span_eq(m->method, S("POST")))
			return false;   /* the page itself is fine */
		answer_garbage(h, s);
		return true;
	case TROUBLE_WWSF_ENDLESS:
	case TROUBLE_WAF_ENDLESS:
		go_on_http(h, s, S("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n"));
		return true;
	case TROUBLE_WWSF_DRIPS:
		go_on_http(h, s, S("HTTP/1.1 200 OK\r\nX-Drip: "));
		return true;
	case TROUBLE_WWSF_REDIRECTS:
		serve_reply(s, 302, NULL, SPAN_NONE, "Location: /");
		return true;
	default:
		return false;
	}
}

/* ---- W2 behind the upgrade ---- */

static void on_ws_message(struct ws_conn *ws, const struct ws_item *item, void *arg)
{
	struct trouble_conn *c = arg;

	if (item->op != WS_TEXT && item->op != WS_BINARY)
		return;
	switch ((int)c->host->what) {
	case TROUBLE_RESETS:
		conn_drop(c);
		ws_abort(ws);
		break;
	case TROUBLE_HALF_MESSAGE:
		if (c->n++ == 0)        /* a frame of 400 bytes, cut off */
			ws_send_raw(ws, S("\x81\x7e\x01\x90SIP/2.0 200 OK\r\nVia: SIP/2.0"));
		break;
	case TROUBLE_DEAF:
		break;
	default:                        /* the flood begins, once */
		if (!c->timer)
			again(c, 0);
	}
}

static void on_ws_closed(struct ws_conn *ws, const char *why, void *arg)
{
	(void)ws;
	(void)why;
	conn_drop(arg);
}

bool trouble_wants_upgrade(const struct trouble_host *h)
{
	return trouble_table[h->what].role == ROLE_EPCSCF;
}

void trouble_upgrade(struct trouble_host *h, struct http_server *s, const struct http_msg *m)
{
	struct trouble_conn *c = conn_new(h);

	c->ws = ws_server_accept(s, m, "sip", (struct ws_calls){
		.message = on_ws_message, .closed = on_ws_closed, .arg = c });
	if (!c->ws)
		conn_drop(c);
}

/* ---- Mw ---- */

static struct trouble_conn *sip_conn_of(struct trouble_host *h, struct sip_conn *sip)
{
	for (struct trouble_conn *c = h->conns; c; c = c->next)
		if (c->sip == sip)
			return c;
	struct trouble_conn *c = conn_new(h);

	c->sip = sip;
	return c;
}

/* Provisional ones are of the request's transaction; those of the flood are
 * of none, so that nothing is ever answered by them. */
static void learn_answer(struct trouble_conn *c, const struct sip_msg *m)
{
	static const char cookie[] = "z9hG4bK";
	bool trying = c->host->what == TROUBLE_SCSCF_TRYING;

	buf_clear(&c->answer);
	sip_put_reply(&c->answer, m, trying ? 100 : 200, S("flood"));
	sip_put_end(&c->answer, SPAN_NONE);
	long at = span_find(buf_span(&c->answer), span_str(cookie));

	if (!trying && at >= 0 && c->answer.n > (size_t)at + sizeof(cookie))
		c->answer.p[(size_t)at + sizeof(cookie) - 1] ^= 1;
}

bool trouble_takes_sip(struct trouble_host *h, struct sip_conn *sip, const struct sip_msg *m)
{
	struct trouble_conn *c;

	if (trouble_table[h->what].role != ROLE_SCSCF)
		return false;
	if (h->what == TROUBLE_SCSCF_SILENT || !m->request)
		return true;
	c = sip_conn_of(h, sip);
	learn_answer(c, m);
	if (!c->timer)
		again(c, 0);
	return true;
}
