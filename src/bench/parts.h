/* The server roles of the reference implementation, put together: each knows
 * where its neighbours are, whether they are ours or somebody else's. */
#ifndef BENCH_PARTS_H
#define BENCH_PARTS_H

#include "actor/epcscf.h"
#include "actor/scscf.h"
#include "actor/waf.h"
#include "actor/wwsf.h"

struct parts_setup {
	struct actor_env env;
	unsigned roles;                 /* ROLE_BIT()s that are ours */
	struct endpoints at;            /* where ours listen; NULL: the kernel
					   chooses. mw: of the eP-CSCF when it
					   is ours, else of the S-CSCF */
	struct endpoints far;           /* where the others are */
	enum digest_alg alg;            /* of the S-CSCF's challenges */
	bool mw_tcp;                    /* between two of ours */
};

struct parts {
	struct waf *waf;                /* NULL: not ours */
	struct wwsf *wwsf;
	struct epcscf *epcscf;
	struct scscf *scscf;
};

/* 0, or the negative exit class: a port that is taken, a neighbour that is
 * neither ours nor named. What was made by then is freed by parts_free. */
int parts_open(struct parts *p, const struct parts_setup *s, struct err *err);
void parts_free(struct parts *p);

#endif
