/* The keys of ixit.yaml, but for pools: (schema_pool.c), token: and w1:
 * (schema_speech.c). */
#include <assert.h>

#include "profile/schema.h"

static const char *const lifetimes[] = { "ixit", "token", "handover" };

const struct names schema_lifetimes = NAMES_INIT(lifetimes);

int schema_impus(struct yaml_file *f, yaml_node_t *n, const char **out,
		 unsigned *count)
{
	unsigned total;

	*count = 0;
	if (n->type == YAML_SCALAR_NODE && !yaml_is_null(n)) {
		*count = 1;
		return yaml_text_of(f, n, out);
	}
	int rc = yaml_items(f, n, "an IMPU or a list of IMPUs", &total);

	if (rc == 0 && total > LIMIT_IMPUS)
		return yaml_bad(f, n, "%u IMPUs; the limit is %u", total,
				LIMIT_IMPUS);
	for (unsigned i = 0; rc == 0 && i < total; i++)
		rc = yaml_text_of(f, yaml_item(f, n, i), &out[i]);
	*count = total;
	return rc;
}

static YAML_SET(set_impus)
{
	struct subscriber *s = object;

	(void)k;
	return schema_impus(f, n, s->impu, &s->n_impu);
}

#define SUB(key, how) { #key, how, offsetof(struct subscriber, key), NULL }

static const struct yaml_key subscriber[] = {
	SUB(user, yaml_set_loose), SUB(web_password, yaml_set_loose),
	SUB(impi, yaml_set_text), { "impu", set_impus, 0, NULL },
	SUB(sip_password, yaml_set_loose), SUB(aka_k, yaml_set_loose),
	SUB(aka_opc, yaml_set_loose),
	{ 0 }
};

static const struct yaml_key stranger[] = {
	SUB(user, yaml_set_loose), SUB(web_password, yaml_set_loose),
	{ 0 }
};

static int people(struct yaml_file *f, yaml_node_t *n,
		  const struct yaml_key *keys, struct subscriber **out,
		  unsigned *count)
{
	int rc = yaml_items(f, n, "a list of users", count);

	*out = memory_take(f->profile->memory, *count * sizeof **out);
	for (unsigned i = 0; rc == 0 && i < *count; i++)
		rc = yaml_map(f, yaml_item(f, n, i), keys, *out + i);
	return rc;
}

static YAML_SET(set_subscribers)
{
	struct profile *p = object;

	(void)k;
	p->subscribers_present = true;
	return people(f, n, subscriber, &p->subscribers, &p->n_subscribers);
}

static YAML_SET(set_strangers)
{
	struct profile *p = object;

	(void)k;
	return people(f, n, stranger, &p->strangers, &p->n_strangers);
}

static YAML_SET(set_allowed)
{
	struct profile *p = object;
	int rc = yaml_items(f, n, "a list of origins", &p->n_origins);

	(void)k;
	/* one more, so that an empty list differs from none */
	p->origins = memory_take(p->memory,
				 (p->n_origins + 1) * sizeof *p->origins);
	for (unsigned i = 0; rc == 0 && i < p->n_origins; i++)
		rc = yaml_text_of(f, yaml_item(f, n, i), &p->origins[i]);
	return rc;
}

#define AT(member) offsetof(struct profile, member)
#define ENDS(side)                                    \
	{ "w1", yaml_set_text, AT(side.w1), NULL },   \
	{ "w2", yaml_set_text, AT(side.w2), NULL },   \
	{ "w4", yaml_set_text, AT(side.w4), NULL },   \
	{ "w5", yaml_set_text, AT(side.w5), NULL },   \
	{ "mw", yaml_set_text, AT(side.mw), NULL }

static const struct yaml_key iut[] = {
	ENDS(iut),
	{ "reset", yaml_set_argv, AT(reset), NULL },
	{ "restart", yaml_set_argv, AT(restart), NULL },
	{ 0 }
};

static const struct yaml_key tester[] = { ENDS(tester), { 0 } };

static const struct yaml_key tls[] = {
	{ "ca", yaml_set_path, AT(tls_ca), NULL },
	{ "certificate", yaml_set_path, AT(tls_certificate), NULL },
	{ "key", yaml_set_path, AT(tls_key), NULL },
	{ 0 }
};

static const struct yaml_key origins[] = {
	{ "allowed", set_allowed, 0, NULL },
	{ "foreign", yaml_set_text, AT(foreign_origin), NULL },
	{ 0 }
};

static YAML_SET(set_pools)
{
	struct profile *p = object;
	int rc = yaml_items(f, n, "a list of pools", &p->n_pools);

	(void)k;
	p->pools_present = true;
	p->pools = memory_take(p->memory, p->n_pools * sizeof *p->pools);
	for (unsigned i = 0; rc == 0 && i < p->n_pools; i++) {
		p->pools[i].first = p->n_pairs;
		rc = yaml_map(f, yaml_item(f, n, i), schema_pool, &p->pools[i]);
		p->pools[i].n = p->n_pairs - p->pools[i].first;
	}
	return rc;
}

static YAML_SET(set_token)
{
	struct token_ixit *t = &((struct profile *)object)->token;

	(void)k;
	t->claim_impi = "impi";
	t->claim_impu = "impu";
	t->claim_wwsf = "azp";
	t->claim_waf = "iss";
	return yaml_map(f, n, schema_token, t);
}

static YAML_SET(set_w1)
{
	struct profile *p = object;

	(void)k;
	p->w1_present = true;
	return yaml_map(f, n, schema_w1, &p->w1);
}

/* POINT_NONE stands for "ignore" here, so absence needs a value of its own. */
static const char *const points[] = {
	"ignore", "W1", "W2", "W4", "W5", "Mw", "Cx",
};
static_assert(sizeof points / sizeof *points == POINT_COUNT, "a name a point");
static const struct names point_names = NAMES_INIT(points);

#define END(member) offsetof(struct capture_end, member)
static const struct yaml_key capture_end[] = {
	{ "at", yaml_set_text, END(at), NULL },
	{ "path", yaml_set_text, END(path), NULL },
	{ "role", yaml_set_enum, END(role), &names_of_roles },
	{ "point", yaml_set_enum, END(point), &point_names },
	{ 0 }
};

/* An entry without end point or without reference point says nothing that
 * could be used; it is legal (every key is optional) and is passed over. */
static YAML_SET(set_capture)
{
	struct profile *p = object;
	unsigned count;
	int rc = yaml_items(f, n, "a list of end points", &count);

	(void)k;
	p->capture = memory_take(p->memory, count * sizeof *p->capture);
	for (unsigned i = 0; rc == 0 && i < count; i++) {
		struct capture_end *e = &p->capture[p->n_capture];

		*e = (struct capture_end){ .point = POINT_COUNT };
		rc = yaml_map(f, yaml_item(f, n, i), capture_end, e);
		p->n_capture += rc == 0 && e->at && e->point != POINT_COUNT;
	}
	return rc;
}

const struct yaml_key schema_ixit[] = {
	{ "home_domain", yaml_set_text, AT(home_domain), NULL },
	{ "lifetime_s", yaml_set_life_s, AT(lifetime_us), NULL },
	{ "lifetime_from", yaml_set_enum, AT(lifetime_from),
	  &schema_lifetimes },
	{ "token_s", yaml_set_life_s, AT(token_us), NULL },
	{ "max_registration_s", yaml_set_life_s, AT(max_registration_us),
	  NULL },
	{ "guard_s", yaml_set_s, AT(guard_us), NULL },
	{ "tolerance_ms", yaml_set_ms, AT(tolerance_us), NULL },
	{ "behind_tls_terminator", yaml_set_bool, AT(behind_tls_terminator),
	  NULL },
	{ "answer_timeout_ms", yaml_set_ms, AT(answer_timeout_us), NULL },
	{ "iut", yaml_set_object, 0, iut },
	{ "tester", yaml_set_object, 0, tester },
	{ "tls", yaml_set_object, 0, tls },
	{ "origins", yaml_set_object, 0, origins },
	{ "subscribers", set_subscribers, 0, NULL },
	{ "placeholder_to", yaml_set_text, AT(placeholder_to), NULL },
	{ "strangers", set_strangers, 0, NULL },
	{ "pools", set_pools, 0, NULL },
	{ "token", set_token, 0, NULL },
	{ "w1", set_w1, 0, NULL },
	{ "capture", set_capture, 0, NULL },
	{ 0 }
};
