/* SIP requests and their final answers: one slot a request, keyed by what its
 * answer repeats (Call-ID, CSeq, branch of the topmost Via). Bounded in number
 * and in time. No memory is asked for once the slots were used. */
#ifndef SOURCE_TXN_H
#define SOURCE_TXN_H

#include "base/buf.h"
#include "base/map.h"
#include "profile/role.h"

#define TXNS_MAX 16384u                         /* of each list */
/* A final answer comes within Timer F (RFC 3261 17.1.2.2: 64*T1); a REGISTER
 * waits longer since its register event was told already. */
#define TXN_REQUEST_US (32ll * 1000 * 1000)
#define TXN_REGISTER_US (180ll * 1000 * 1000)
/* Timer J: as long may a retransmission come after the answer. */
#define TXN_DONE_US (32ll * 1000 * 1000)

enum txn_list { TXN_FREE, TXN_REQUESTS, TXN_REGISTERS, TXN_DONE, TXN_LISTS };
enum txn_text { TXN_CALL, TXN_METHOD, TXN_FROM, TXN_TO, TXN_WIC, TXN_CONTACT,
		TXN_TEXTS };

struct txn {
	uint64_t key, loose;    /* loose: without the branch, with the conn */
	int64_t since_us;       /* when it came into its list */
	uint64_t number;
	unsigned file;
	uint32_t conn;
	enum point on;
	enum role from, to;
	enum txn_list list;
	bool wic_sure;
	struct buf text;        /* all texts, one after another */
	uint32_t cut[TXN_TEXTS + 1];
	uint32_t prev, next;    /* of its list */
};

struct txns {
	struct txn *at;
	uint32_t n, room;
	struct map index;       /* key, and loose, to the newest */
	struct { uint32_t head, tail, n; } lists[TXN_LISTS];
};

void txns_init(struct txns *t);
void txns_free(struct txns *t);
struct txn *txns_find(const struct txns *t, uint64_t key);
/* A new one at the tail of list; the caller made room by txns_oldest. */
struct txn *txns_add(struct txns *t, enum txn_list list, uint64_t key,
		     uint64_t loose, int64_t now_us);
void txns_move(struct txns *t, struct txn *x, enum txn_list list,
	       int64_t now_us);
void txns_drop(struct txns *t, struct txn *x);
/* Head of a list when it is older than limit_us at now_us, or when the list is
 * full; else NULL. */
struct txn *txns_oldest(const struct txns *t, enum txn_list list,
			int64_t now_us, int64_t limit_us);
struct txn *txns_next(const struct txns *t, const struct txn *x);
struct txn *txns_first(const struct txns *t, enum txn_list list);

void txn_text(struct txn *x, enum txn_text which, struct span text);
struct span txn_get(const struct txn *x, enum txn_text which);

#endif
