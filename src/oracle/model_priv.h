/* The model's insides, shared by model*.c alone. */
#ifndef ORACLE_MODEL_PRIV_H
#define ORACLE_MODEL_PRIV_H

#include "oracle/model.h"
#include "oracle/intern.h"

/* Caps of the model's tables. What falls out of them is counted. */
#define MODEL_REGS     16384u   /* REGISTERs remembered; oldest goes first */
#define MODEL_TABLE    4000000u /* tokens, handovers, windows, bindings each */
#define MODEL_MOMENTS  (2u * LIMIT_IMPUS)

struct reg_link { uint64_t key; uint32_t older; };      /* same on and call */

struct binding_link { uint32_t next_impu, next_impi; };

struct moment {
	unsigned bit;
	uint32_t handover, window, previous;
	bool opened;
};

struct model {
	struct model_setup setup;
	struct intern names;
	struct now now;
	int64_t t_us;

	struct token *tokens;
	uint32_t n_tokens, room_tokens;
	struct map token_index;         /* name -> token */

	struct handover *handovers;
	uint32_t n_handovers, room_handovers;

	struct window *windows;
	uint32_t n_windows, room_windows;
	uint32_t *pair_head;            /* newest window of each pair */
	struct map wic_window;          /* WIC -> its newest window */
	struct map wic_closed;          /* WIC -> index into closed[] */
	int64_t *closed;                /* newest loss of its W2 */
	uint32_t n_closed, room_closed;
	int64_t wwsf_restart_us;        /* newest restart, UNSAID_T: none */
	uint32_t n_unresolved;          /* token-only handovers */
	int64_t unresolved_until_us;    /* latest end one of them may have */

	struct reg *regs;               /* a ring of MODEL_REGS */
	struct reg_link *reg_links;
	uint32_t next_reg;
	struct map call_index;          /* on+call -> newest register */
	struct map was_registered;      /* WICs with a 2xx on W2, not ended */
	bool seen_mw;
	uint32_t pending[256];          /* newest unanswered W2 registers */
	unsigned n_pending;

	struct binding *bindings;
	struct binding_link *binding_links;
	uint32_t n_bindings, room_bindings, free_binding;
	struct map impu_index, impi_index, wic_binding;

	struct moment moments[MODEL_MOMENTS];
	unsigned n_moments, next_moment;

	uint64_t dropped_regs, dropped_table;
	char cut[96];                   /* why the observation was cut off */
	char limit_text[3][96];
	const char *limits[3];
};

/* names with the pool pair they belong to */
name_id model_impi(struct model *m, struct span text);
name_id model_impu(struct model *m, struct span text);

/* model_lend.c */
void model_handover(struct model *m, const struct ev *e);
void model_token_event(struct model *m, const struct ev *e);
uint32_t model_token_put(struct model *m, name_id name);
/* The identities of a token became known by other means (Mw). */
void model_token_resolved(struct model *m, uint32_t token, name_id impi,
			  name_id impu);
void model_claims(struct model *m, struct token *t,
		  const struct token_claims *c);
void model_mark(struct model *m, const struct ev *e);
void model_closed(struct model *m, const struct ev *e);
void model_released(struct model *m, const struct ev *e);

/* model_window.c */
void model_lend(struct model *m, uint32_t handover);
void model_say(struct model *m, unsigned bit, uint32_t handover,
	       uint32_t window, uint32_t previous, bool opened);
int64_t model_window_end(const struct model *m, const struct handover *h,
			 bool *whole);
bool model_open_at(const struct window *w, int64_t t_us);
/* Moves the window's end, and what newer windows know of it. */
void model_set_end(struct model *m, struct window *w, int64_t end_us,
		   bool whole);

/* model_reg.c */
void model_register(struct model *m, const struct ev *e);
void model_answer(struct model *m, const struct ev *e);
void model_request(struct model *m, const struct ev *e);

/* model_bind.c */
void model_bind(struct model *m, uint32_t reg, const struct ev *e);
void model_expired(struct model *m, const struct ev *e);
void model_unbind_restart(struct model *m);

/* model_sip.c */
void model_sip_request(struct reg_sip *out, const struct ev *e);
void model_sip_challenge(struct challenge *out, const struct ev *e);
uint32_t model_sip_cseq(const struct ev *e);    /* 0: no SIP, or none */

/* Grows a table by doubling up to MODEL_TABLE; false when it is full. */
bool model_grow(struct model *m, void **at, uint32_t n, uint32_t *room,
		size_t size);

#endif
