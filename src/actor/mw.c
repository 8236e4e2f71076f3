#include "actor/mw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_MAX 128

struct mw_conn {
	struct mw_conn *next;
	struct mw *mw;
	uint32_t number;
	char address[160];
	struct sip_conn *sip;
};

struct mw {
	const struct actor_env *env;
	struct listener *listener;
	struct mw_conn *conns;
	struct trouble_host trouble;
	char tag[32];
	mw_message *message;
	void *arg;
	bool udp;
	/* the newest requests of UDP; reply NULL: not answered yet */
	struct replay { uint64_t key; char *reply; size_t n; } replay[REPLAY_MAX];
	unsigned replay_next;
};

static uint64_t transaction_key(const struct sip_msg *m)
{
	struct sip_list it = { 0 };
	struct span element, method = SPAN_NONE;
	struct sip_via via;
	uint32_t number;

	if (!sip_list_next(m, SIP_H_VIA, &it, &element) || !sip_via_read(&via, element) ||
	    span_absent(via.branch) ||
	    !sip_cseq_read(sip_get(m, SIP_H_CSEQ), &number, &method))
		return 0;
	return map_mix(map_mix(span_hash(via.branch), span_hash(via.host)), span_hash(method));
}

static struct replay *replay_find(struct mw *m, uint64_t key)
{
	for (unsigned i = 0; key && i < REPLAY_MAX; i++)
		if (m->replay[i].key == key)
			return &m->replay[i];
	return NULL;
}

static void replay_add(struct mw *m, uint64_t key)
{
	struct replay *r = &m->replay[m->replay_next];

	m->replay_next = (m->replay_next + 1) % REPLAY_MAX;
	free(r->reply);
	*r = (struct replay){ .key = key };
}

static void conn_free(struct mw_conn *c)
{
	trouble_gone(&c->mw->trouble, c->sip);
	for (struct mw_conn **p = &c->mw->conns; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			break;
		}
	sip_conn_free(c->sip);
	free(c);
}

static void on_message(struct sip_conn *sip, const struct sip_msg *msg, void *arg)
{
	struct mw_conn *c = arg;
	struct mw *m = c->mw;

	if (trouble_takes_sip(&m->trouble, sip, msg))
		return;
	if (m->udp && msg->request) {
		uint64_t key = transaction_key(msg);
		struct replay *r = replay_find(m, key);

		if (r) {
			if (r->reply)
				sip_conn_send(sip, (struct span){ r->reply, r->n });
			return;
		}
		if (key)
			replay_add(m, key);
	}
	m->message(m, c->number, msg, m->arg);
}

static void on_closed(struct sip_conn *sip, void *arg)
{
	(void)sip;
	conn_free(arg);
}

static struct mw_conn *conn_new(struct mw *m, struct link *l, const char *address)
{
	struct mw_conn *c = must_alloc(sizeof(*c));

	*c = (struct mw_conn){ .next = m->conns, .mw = m, .number = link_number(l) };
	snprintf(c->address, sizeof(c->address), "%s", address);
	m->conns = c;
	link_set_tag(l, m->tag);
	c->sip = sip_conn_new(l, on_message, on_closed, c);
	return c;
}

static void on_accept(struct link *l, void *arg)
{
	conn_new(arg, l, link_remote(l));
}

struct mw *mw_new(const struct actor_env *env, const char *endpoint, const char *tag,
		  mw_message *message, void *arg, struct err *err)
{
	struct mw *m;
	struct actor_url u;
	char tcp[192];

	if (endpoint && strncmp(endpoint, "udp:", 4) == 0 &&
	    variant_in(&env->variants, VARIANT_MW_TCP)) {
		snprintf(tcp, sizeof(tcp), "tcp:%s", endpoint + 4);
		endpoint = tcp;
	}
	if (!endpoint || !actor_url_read(&u, endpoint)) {
		err_set(err, EXIT_USAGE, "%s: no end point", endpoint ? endpoint : "(none)");
		return NULL;
	}
	m = must_alloc(sizeof(*m));
	m->env = env;
	m->message = message;
	m->arg = arg;
	m->udp = strcmp(u.scheme, "udp") == 0;
	snprintf(m->tag, sizeof(m->tag), "%s", tag);
	trouble_host_init(&m->trouble, env->trouble, env->loop, tag);
	m->listener = fabric_listen(env->fabric, u.endpoint, on_accept, m, err);
	if (!m->listener) {
		free(m);
		return NULL;
	}
	return m;
}

void mw_drop_all(struct mw *m)
{
	while (m->conns)
		conn_free(m->conns);
	for (unsigned i = 0; i < REPLAY_MAX; i++)
		free(m->replay[i].reply);
	memset(m->replay, 0, sizeof(m->replay));
}

void mw_free(struct mw *m)
{
	if (!m)
		return;
	mw_drop_all(m);
	listener_close(m->listener);
	free(m);
}

const char *mw_endpoint(const struct mw *m)
{
	return listener_endpoint(m->listener);
}

const char *mw_address(const struct mw *m)
{
	return strchr(mw_endpoint(m), ':') + 1;
}

const char *mw_transport(const struct mw *m)
{
	return m->udp ? "UDP" : "TCP";
}

bool mw_udp(const struct mw *m)
{
	return m->udp;
}

static struct mw_conn *conn_to(struct mw *m, const char *address)
{
	char endpoint[192];
	struct link *l;

	for (struct mw_conn *c = m->conns; c; c = c->next)
		if (strcmp(c->address, address) == 0)
			return c;
	if (m->udp) {
		l = listener_link(m->listener, address, NULL);
		for (struct mw_conn *c = m->conns; l && c; c = c->next)
			if (sip_conn_link(c->sip) == l)
				return c;
	} else {
		snprintf(endpoint, sizeof(endpoint), "tcp:%s", address);
		l = fabric_connect(m->env->fabric, endpoint, NULL, (struct link_calls){ 0 },
				   NULL);
	}
	return l ? conn_new(m, l, address) : NULL;
}

bool mw_send(struct mw *m, const char *address, struct span bytes)
{
	struct mw_conn *c = conn_to(m, address);

	if (!c)
		return false;
	sip_conn_send(c->sip, bytes);
	return true;
}

static void remember_reply(struct mw *m, struct span bytes)
{
	struct sip_msg *msg = must_alloc(sizeof(*msg));
	struct replay *r = NULL;

	if (sip_read(msg, bytes) && msg->status >= 200)
		r = replay_find(m, transaction_key(msg));
	if (r) {
		free(r->reply);
		r->reply = span_dup(bytes);
		r->n = bytes.n;
	}
	free(msg);
}

void mw_reply(struct mw *m, uint32_t from, struct span bytes)
{
	if (m->udp)
		remember_reply(m, bytes);
	for (struct mw_conn *c = m->conns; c; c = c->next)
		if (c->number == from) {
			sip_conn_send(c->sip, bytes);
			return;
		}
}

bool mw_uri_address(struct span uri, char *out, size_t cap)
{
	struct sip_uri u;

	if (!sip_uri_read(&u, uri) || span_empty(u.host) || !span_istarts(u.scheme, S("sip")))
		return false;
	if (span_empty(u.port))
		u.port = S("5060");
	snprintf(out, cap, u.host.p[0] != '[' && span_chr(u.host, ':') >= 0 ? "[%.*s]:%.*s" :
		 "%.*s:%.*s", SPAN(u.host), SPAN(u.port));
	return true;
}
