#include "net/endpoint.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"

const char *endpoint_scheme(const struct endpoint *e)
{
	return !e->stream ? "udp" : e->secure ? "tls" : "tcp";
}

/* Takes "scheme:" off. */
static bool read_scheme(struct endpoint *e, struct span *s)
{
	struct span scheme = span_split(s, ':');

	e->stream = !span_eq(scheme, S("udp"));
	e->secure = span_eq(scheme, S("tls"));
	return !e->stream || e->secure || span_eq(scheme, S("tcp"));
}

static bool read_host(struct endpoint *e, struct span host)
{
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		struct in6_addr a;

		host = span_sub(host, 1, host.n - 2);
		if (host.n >= sizeof e->host)
			return false;
		span_copy(e->host, sizeof e->host, host);
		return inet_pton(AF_INET6, e->host, &a) == 1;
	}
	if (!host.n || host.n >= sizeof e->host || span_chr(host, ':') >= 0)
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] <= ' ' || host.p[i] > '~' || host.p[i] == '/')
			return false;
	span_copy(e->host, sizeof e->host, host);
	return true;
}

int endpoint_read(struct endpoint *e, const char *text, struct err *err)
{
	struct span s = span_str(text);
	uint64_t port;
	size_t cut;

	*e = (struct endpoint){ 0 };
	if (!text || !read_scheme(e, &s))
		goto bad;
	for (cut = s.n; cut && s.p[cut - 1] != ':'; cut--)
		;
	if (!cut || !span_u64(span_from(s, cut), &port) || port > 65535)
		goto bad;
	if (!read_host(e, span_sub(s, 0, cut - 1)))
		goto bad;
	e->port = (unsigned)port;
	return 0;
bad:
	return err_set(err, EXIT_USAGE,
		       "\"%.300s\" is no end point (udp:HOST:PORT, "
		       "tcp:HOST:PORT or tls:HOST:PORT)", text ? text : "");
}

void endpoint_host_port(char out[ENDPOINT_TEXT_MAX], const char *host,
			unsigned port)
{
	bool v6 = strchr(host, ':') != NULL;

	snprintf(out, ENDPOINT_TEXT_MAX, "%s%.255s%s:%u", v6 ? "[" : "", host,
		 v6 ? "]" : "", port);
}

void endpoint_text(char out[ENDPOINT_TEXT_MAX], const struct endpoint *e)
{
	char at[ENDPOINT_TEXT_MAX];

	endpoint_host_port(at, e->host, e->port);
	snprintf(out, ENDPOINT_TEXT_MAX, "%s:%.*s", endpoint_scheme(e),
		 ENDPOINT_TEXT_MAX - 6, at);
}

int address_resolve(struct address *a, const struct endpoint *e,
		    struct err *err)
{
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = e->stream ? SOCK_STREAM :
							    SOCK_DGRAM };
	const char *host = strcmp(e->host, "localhost") ? e->host : "127.0.0.1";
	struct addrinfo *got = NULL, *best;
	char port[8];

	snprintf(port, sizeof port, "%u", e->port);
	int rc = getaddrinfo(host, port, &want, &got);

	if (rc == EAI_NONAME) {
		want.ai_flags = AI_NUMERICSERV;
		rc = getaddrinfo(host, port, &want, &got);
	}
	if (rc)
		return err_set(err, EXIT_BROKE, "cannot find the host %s: %s",
			       e->host, gai_strerror(rc));
	for (best = got; best && best->ai_family != AF_INET; )
		best = best->ai_next;
	if (!best)
		best = got;
	*a = (struct address){ .n = best->ai_addrlen };
	memcpy(&a->at, best->ai_addr, best->ai_addrlen);
	freeaddrinfo(got);
	return 0;
}

unsigned address_port(const struct address *a)
{
	/* Both families keep the port at the same place, but not by law. */
	if (a->at.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&a->at)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&a->at)->sin_port);
}

void address_text(char out[ENDPOINT_TEXT_MAX], const struct address *a)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (a->at.ss_family == AF_INET6)
		inet_ntop(AF_INET6,
			  &((const struct sockaddr_in6 *)&a->at)->sin6_addr,
			  host, sizeof host);
	else
		inet_ntop(AF_INET,
			  &((const struct sockaddr_in *)&a->at)->sin_addr,
			  host, sizeof host);
	endpoint_host_port(out, host, address_port(a));
}

bool address_eq(const struct address *a, const struct address *b)
{
	const struct sockaddr_in6 *x6 = (const struct sockaddr_in6 *)&a->at;
	const struct sockaddr_in6 *y6 = (const struct sockaddr_in6 *)&b->at;
	const struct sockaddr_in *x = (const struct sockaddr_in *)&a->at;
	const struct sockaddr_in *y = (const struct sockaddr_in *)&b->at;

	if (a->at.ss_family != b->at.ss_family ||
	    address_port(a) != address_port(b))
		return false;
	if (a->at.ss_family == AF_INET6)
		return !memcmp(&x6->sin6_addr, &y6->sin6_addr,
			       sizeof x6->sin6_addr) &&
		       x6->sin6_scope_id == y6->sin6_scope_id;
	return x->sin_addr.s_addr == y->sin_addr.s_addr;
}
