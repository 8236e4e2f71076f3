/* A decoder with its profile and what it told, and connections into it. */
#ifndef RIG_H
#define RIG_H

#include "seen.h"

#define SEC(n) ((int64_t)((n) * 1e6))

struct rig {
	struct profile *p;
	struct decoder *d;
	struct seen seen;
};

UNUSED static void rig_open(struct rig *r, const char *ixit)
{
	struct err err = { 0 };

	memset(r, 0, sizeof *r);
	r->p = profile_new();
	if (ixit && profile_ixit_text(r->p, span_str(ixit), "test", &err))
		fail_msg("%s", err.text);
	r->d = decoder_new(r->p, NULL, seen_take, &r->seen);
}

UNUSED static void rig_close(struct rig *r)
{
	decoder_free(r->d);
	seen_clear(&r->seen);
	profile_free(r->p);
}

UNUSED static void conn_open(struct rig *r, uint32_t conn, enum point point,
		      bool stream, const char *wic)
{
	struct decode_conn c = {
		.conn = conn, .point = point, .stream = stream,
		.wic = span_str(wic), .local = S("127.0.0.1:1000"),
		.remote = S("127.0.0.1:2000"),
		.client = point == POINT_W2 ? ROLE_WIC :
			  point == POINT_MW ? ROLE_EPCSCF : ROLE_NONE,
		.server = point == POINT_W2 ? ROLE_EPCSCF :
			  point == POINT_MW ? ROLE_SCSCF : ROLE_NONE,
	};

	decoder_open(r->d, &c, (struct decode_at){ 0 });
}

UNUSED static void give(struct rig *r, uint32_t conn, bool from_client,
		 struct span s, int64_t t_us)
{
	decoder_bytes(r->d, conn, from_client, s,
		      (struct decode_at){ .t_us = t_us });
}

/* A WebSocket on connection conn, upgraded. */
UNUSED static void ws_open(struct rig *r, uint32_t conn, const char *wic)
{
	conn_open(r, conn, POINT_W2, true, wic);
	give(r, conn, true, S(UPGRADE), 0);
	give(r, conn, false, S(SWITCHED), 0);
}

UNUSED static void ws_give(struct rig *r, uint32_t conn, bool from_client,
		    struct span payload, int64_t t_us)
{
	struct buf b;

	buf_init(&b, 1 << 17);
	add_frame(&b, from_client, payload);
	give(r, conn, from_client, buf_span(&b), t_us);
	buf_free(&b);
}

#endif
