/* End point texts ("tls:127.0.0.1:8443") and socket addresses. */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

#define ENDPOINT_HOST_MAX 256
#define ENDPOINT_TEXT_MAX (ENDPOINT_HOST_MAX + 16)

struct endpoint {
	bool stream, secure;
	char host[ENDPOINT_HOST_MAX];   /* without brackets */
	unsigned port;
};

struct address {
	struct sockaddr_storage at;
	socklen_t n;
};

/* "tcp:host:port"; EXIT_USAGE when text is none. */
int endpoint_read(struct endpoint *e, const char *text, struct err *err);
/* "host:port", an IPv6 address in brackets. */
void endpoint_host_port(char out[ENDPOINT_TEXT_MAX], const char *host,
			unsigned port);
/* "tcp:host:port" */
void endpoint_text(char out[ENDPOINT_TEXT_MAX], const struct endpoint *e);
const char *endpoint_scheme(const struct endpoint *e);

/* Looks the host up where it is a name. */
int address_resolve(struct address *a, const struct endpoint *e,
		    struct err *err);
/* "127.0.0.1:5060", "[::1]:5060" */
void address_text(char out[ENDPOINT_TEXT_MAX], const struct address *a);
unsigned address_port(const struct address *a);
bool address_eq(const struct address *a, const struct address *b);

#endif
