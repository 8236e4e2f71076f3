/* What the protocol connections share among themselves. */
#ifndef NET_CONN_IMPL_H
#define NET_CONN_IMPL_H

#include "net/conn.h"
#include "net/link_impl.h"

/* The link of s for another protocol, and in rest the bytes that came after
 * the request; s is gone, without closed(). NULL: s was gone already. */
struct link *http_server_take(struct http_server *s, struct buf *rest);

/* http_reader_free, at the end of the turn. */
void http_reader_dispose(struct loop *l, struct http_reader *r);

#endif
