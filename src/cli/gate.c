/* annexu gate: SIP over TCP to SIP over WebSocket and back, so that a program
 * that knows neither TLS nor WebSocket (SIPp) can be a WIC. One WebSocket a
 * TCP connection, one SIP message a WebSocket message. It judges nothing and
 * changes nothing but a missing Content-Length, which TCP needs. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "actor/actor.h"
#include "base/err.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/say.h"
#include "net/conn.h"

static const char usage[] =
	"usage: annexu gate --listen HOST:PORT --to wss://HOST:PORT/PATH "
	"[OPTION...]\n\n"
	"  --origin O        Origin of the handshake (default: none)\n"
	"  --protocol P      subprotocol (default: sip; empty: none)\n"
	"  --ca FILE         whom to trust\n"
	"  --insecure        trust anybody\n\n"
	"Prints {\"ready\":true,\"listen\":\"tcp:HOST:PORT\"} and serves until "
	"SIGTERM.\n";

#define PASSAGES_MAX 4096u
#define QUEUE_BYTES (256u * 1024)       /* before the WebSocket is up */

struct gate {
	const char *listen, *to, *origin, *protocol, *ca_file;
	bool insecure, help;
	struct actor_url url;
	char *ca;
	struct loop *loop;
	struct fabric *fabric;
	struct passage *passages;       /* a list */
	unsigned n_passages;
};

/* One TCP connection and its WebSocket. */
struct passage {
	struct gate *gate;
	struct passage *next, **at;
	struct sip_conn *tcp;
	struct ws_conn *ws;
	bool up;
	struct buf queue;               /* messages, whole, one after another */
};

static struct loop *to_stop;

static void on_signal(int sig)
{
	(void)sig;
	if (to_stop)
		loop_stop(to_stop);
}

/* ---- passages ---- */

static void passage_free(struct passage *p)
{
	*p->at = p->next;
	if (p->next)
		p->next->at = p->at;
	p->gate->n_passages--;
	buf_free(&p->queue);
	free(p);
}

/* Closes both sides; the passage goes when the WebSocket has told its end. */
static void passage_end(struct passage *p)
{
	if (p->tcp)
		sip_conn_free(p->tcp);
	p->tcp = NULL;
	if (p->ws)
		ws_close(p->ws, 1000);
	else
		passage_free(p);
}

/* At once, when the gate itself ends. */
static void passage_drop(struct passage *p)
{
	if (p->tcp)
		sip_conn_free(p->tcp);
	if (p->ws)
		ws_drop(p->ws);
	passage_free(p);
}

static void flush(struct passage *p)
{
	struct span rest = buf_span(&p->queue);

	while (rest.n) {
		size_t skip;
		long n = sip_frame(rest, &skip);

		if (n <= 0)
			break;
		ws_send(p->ws, WS_TEXT, span_sub(rest, skip, (size_t)n));
		rest = span_from(rest, skip + (size_t)n);
	}
	buf_clear(&p->queue);
}

static void from_tcp(struct sip_conn *c, const struct sip_msg *m, void *arg)
{
	struct passage *p = arg;

	(void)c;
	if (p->up)
		ws_send(p->ws, WS_TEXT, m->whole);
	else if (!buf_add(&p->queue, m->whole))
		passage_end(p);
}

static void tcp_closed(struct sip_conn *c, void *arg)
{
	(void)c;
	passage_end(arg);
}

/* A message without Content-Length is legal on W2 and not on TCP. */
static void to_tcp(struct passage *p, struct span message)
{
	struct sip_msg m;
	struct buf b;
	long head = span_find(message, S("\r\n\r\n"));

	if (!sip_read(&m, message) || head < 0 ||
	    !span_absent(sip_get(&m, SIP_H_CONTENT_LENGTH))) {
		sip_conn_send(p->tcp, message);
		return;
	}
	buf_init(&b, LIMIT_SIP_BYTES + 64);
	buf_add(&b, span_sub(message, 0, (size_t)head));
	buf_addf(&b, "\r\nContent-Length: %zu", message.n - (size_t)head - 4);
	buf_add(&b, span_from(message, (size_t)head));
	sip_conn_send(p->tcp, buf_span(&b));
	buf_free(&b);
}

static void ws_upgraded(struct ws_conn *w, const struct http_msg *answer,
			bool up, void *arg)
{
	struct passage *p = arg;

	(void)w;
	(void)answer;
	p->up = up;     /* if not, closed() follows and says why */
	if (up)
		flush(p);
}

static void ws_message(struct ws_conn *w, const struct ws_item *m, void *arg)
{
	struct passage *p = arg;

	(void)w;
	if (p->tcp && (m->op == WS_TEXT || m->op == WS_BINARY))
		to_tcp(p, m->payload);
}

static void ws_closed(struct ws_conn *w, const char *why, void *arg)
{
	struct passage *p = arg;

	(void)w;
	if (!p->up && p->tcp)
		fprintf(stderr, "annexu: gate: %s: %s\n", p->gate->to, why);
	p->ws = NULL;
	passage_end(p);
}

static void accepted(struct link *l, void *arg)
{
	struct gate *g = arg;
	struct err err = { 0 };
	struct ws_offer offer = {
		.host = strchr(g->url.endpoint, ':') + 1,
		.path = g->url.path, .origin = g->origin,
		.protocol = *g->protocol ? g->protocol : NULL,
	};
	struct passage *p;

	if (g->n_passages == PASSAGES_MAX) {
		link_close(l);
		return;
	}
	p = must_alloc(sizeof *p);
	p->gate = g;
	buf_init(&p->queue, QUEUE_BYTES);
	p->next = g->passages;
	p->at = &g->passages;
	if (p->next)
		p->next->at = &p->next;
	g->passages = p;
	g->n_passages++;
	p->tcp = sip_conn_new(l, from_tcp, tcp_closed, p);
	p->ws = ws_connect(g->fabric, g->url.endpoint, &offer,
			   (struct ws_calls){ .upgraded = ws_upgraded,
					      .message = ws_message,
					      .closed = ws_closed,
					      .arg = p }, &err);
	if (!p->ws) {
		fprintf(stderr, "annexu: gate: %s\n", err.text);
		passage_end(p);
	}
}

/* ---- the command ---- */

static int options_read(struct gate *g, int argc, char **argv,
			struct err *err)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "to", required_argument, NULL, 't' },
		{ "origin", required_argument, NULL, 'o' },
		{ "protocol", required_argument, NULL, 'p' },
		{ "ca", required_argument, NULL, 'c' },
		{ "insecure", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1)
		switch (c) {
		case 'l': g->listen = optarg; break;
		case 't': g->to = optarg; break;
		case 'o': g->origin = optarg; break;
		case 'p': g->protocol = optarg; break;
		case 'c': g->ca_file = optarg; break;
		case 'i': g->insecure = true; break;
		case 'h': g->help = true; return 0;
		default:
			say_bad_option(argv, options);
			return -EXIT_USAGE;
		}
	if (optind < argc)
		return err_set(err, EXIT_USAGE, "gate takes no argument %s",
			       argv[optind]);
	if (!g->listen || !g->to)
		return err_set(err, EXIT_USAGE, "gate: --listen HOST:PORT and "
			       "--to wss://HOST:PORT/ are needed");
	if (!actor_url_read(&g->url, g->to) ||
	    strncmp(g->url.scheme, "ws", 2) != 0)
		return err_set(err, EXIT_USAGE, "gate: --to %s is no "
			       "wss://HOST:PORT/PATH", g->to);
	return 0;
}

static int serve(struct gate *g, struct err *err)
{
	struct sigaction sa = { .sa_handler = on_signal };
	char endpoint[300];

	snprintf(endpoint, sizeof endpoint, "tcp:%s", g->listen);
	struct listener *li = fabric_listen(g->fabric, endpoint, accepted, g,
					    err);

	if (!li)
		return -(int)err->exit;
	to_stop = g->loop;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	json_t *o = json_pack("{s:b, s:s}", "ready", 1, "listen",
			      listener_endpoint(li));

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
	while (!loop_stopped(g->loop))
		loop_pass(g->loop, 1000000);
	return 0;
}

static int gate(struct gate *g, struct err *err)
{
	struct tls_material tls = { .no_verify = g->insecure };

	if (g->ca_file) {
		int rc = file_text(&g->ca, g->ca_file, err);

		if (rc < 0)
			return rc;
		tls.ca = g->ca;
	}
	g->loop = loop_new(false, 1);
	g->fabric = fabric_sockets(g->loop, &tls, err);
	return g->fabric ? serve(g, err) : -(int)err->exit;
}

int cmd_gate(int argc, char **argv)
{
	struct gate g = { .protocol = "sip" };
	struct err err = { 0 };
	int rc = options_read(&g, argc, argv, &err);

	if (rc == 0 && g.help)
		fputs(usage, stdout);
	else if (rc == 0)
		rc = gate(&g, &err);
	if (rc < 0 && *err.text)
		say_error(&err);
	to_stop = NULL;
	while (g.passages)
		passage_drop(g.passages);
	if (g.fabric)
		fabric_free(g.fabric);
	if (g.loop)
		loop_free(g.loop);
	free(g.ca);
	return -rc;
}
