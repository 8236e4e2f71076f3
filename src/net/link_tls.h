/* TLS (1.2 or later) on a non-blocking TCP socket, by OpenSSL. Only
 * link_sock.c uses it. */
#ifndef NET_LINK_TLS_H
#define NET_LINK_TLS_H

#include "net/link.h"

struct tls;             /* what all sessions of a fabric share */
struct tls *tls_new(const struct tls_material *m, struct err *err);
void tls_free(struct tls *t);
bool tls_can_listen(const struct tls *t);

struct tls_session;
/* server_name: whom the certificate must name (an address or a host), for
 * clients. The descriptor stays the caller's. */
struct tls_session *tls_open(struct tls *t, int fd, bool client,
			     const char *server_name);
void tls_close(struct tls_session *s);

/* > 0: bytes (handshake: done); TLS_EOF: the peer closed properly; TLS_AGAIN:
 * wait for tls_wants; TLS_FAILED: tls_why says why. */
#define TLS_EOF 0
#define TLS_AGAIN (-1)
#define TLS_FAILED (-2)
long tls_handshake(struct tls_session *s);
long tls_recv(struct tls_session *s, char *p, size_t n);
long tls_write(struct tls_session *s, const char *p, size_t n);
short tls_wants(const struct tls_session *s);   /* POLLIN or POLLOUT */
bool tls_pending(const struct tls_session *s);  /* read, but not yet taken */
const char *tls_why(const struct tls_session *s);
void tls_bye(struct tls_session *s);            /* close_notify, once */

#endif
