/* annexu reference: the server roles of the reference implementation, alone or
 * opposite somebody else's, until SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/bed.h"
#include "bench/parts.h"
#include "bench/select.h"
#include "bench/tap.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/say.h"
#include "report/write.h"
#include "trace/mask.h"
#include "trace/trace.h"

static const char usage[] =
	"usage: annexu reference [--ixit F] [--ics F] [--flaw NAME] "
	"[--variant NAME]\n"
	"                        [--trouble NAME] [--role R]... "
	"[--trace FILE] [--ca FILE]\n"
	"Binds iut.* of its roles (or free ports), finds the others at "
	"tester.*, prints one\nJSON line and serves until SIGTERM.\n";

#define SERVERS (ROLE_BIT(ROLE_WWSF) | ROLE_BIT(ROLE_WAF) | \
		 ROLE_BIT(ROLE_EPCSCF) | ROLE_BIT(ROLE_SCSCF))

struct reference {
	const char *ixit, *ics, *trace, *ca_file;
	unsigned roles;
	bool help;
	struct flaw_set flaws;
	struct variant_set variants;
	enum trouble trouble;

	struct profile *profile;
	struct loop *loop;
	struct tls_material tls;
	char *ca, *certificate, *key;
	struct fabric *fabric;
	struct parts parts;
	struct mask *mask;
	struct decoder *decoder;
	struct tap *tap;
	struct trace_writer *writer;
	struct err *err;
	bool broke;                     /* the trace cannot be written */
};

static struct loop *to_stop;

static void on_signal(int sig)
{
	(void)sig;
	if (to_stop)
		loop_stop(to_stop);
}

static int options_read(struct reference *r, int argc, char **argv,
			struct err *err)
{
	static const struct option options[] = {
		{ "ixit", required_argument, NULL, 'x' },
		{ "ics", required_argument, NULL, 'i' },
		{ "flaw", required_argument, NULL, 'f' },
		{ "variant", required_argument, NULL, 'v' },
		{ "trouble", required_argument, NULL, 'T' },
		{ "role", required_argument, NULL, 'r' },
		{ "trace", required_argument, NULL, 't' },
		{ "ca", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, rc = 0;

	opterr = 0;
	optind = 1;
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (c) {
		case 'x': r->ixit = optarg; break;
		case 'i': r->ics = optarg; break;
		case 'f': rc = say_flaw(&r->flaws, optarg, err); break;
		case 'v': rc = say_variant(&r->variants, optarg, err); break;
		case 'T': rc = say_trouble(&r->trouble, optarg, err); break;
		case 'r': rc = select_role(&r->roles, optarg, err); break;
		case 't': r->trace = optarg; break;
		case 'c': r->ca_file = optarg; break;
		case 'h': r->help = true; break;
		default:
			say_bad_option(argv, options);
			return -EXIT_USAGE;
		}
	}
	if (rc == 0 && optind < argc)
		rc = err_set(err, EXIT_USAGE, "reference takes no argument %s",
			     argv[optind]);
	if (rc == 0 && (r->roles & ~SERVERS))
		rc = err_set(err, EXIT_USAGE, "the reference serves wwsf, waf, "
			     "epcscf and scscf; a WIC is a client");
	return rc;
}

static int load_profile(struct reference *r, struct err *err)
{
	int rc = 0;

	if (r->ixit) {
		r->profile = profile_new();
		rc = profile_load_ixit(r->profile, r->ixit, err);
		if (rc == 0)
			rc = profile_token_key(r->profile, err);
	} else {
		r->profile = bed_profile();
	}
	if (rc == 0 && r->ics)
		rc = profile_load_ics(r->profile, r->ics, err);
	if (rc == 0) {
		bed_key(r->profile);
		bed_claim(r->profile, &r->variants);
		bed_spoil(r->profile, &r->flaws);
	}
	if (!r->roles)
		r->roles = r->ixit && (r->profile->ics.roles & SERVERS) ?
			   r->profile->ics.roles & SERVERS : SERVERS;
	return rc;
}

static int prepare_tls(struct reference *r, struct err *err)
{
	const struct profile *p = r->profile;
	int rc;

	if (p->tls_certificate && p->tls_key) {
		rc = file_text(&r->certificate, p->tls_certificate, err);
		if (rc == 0)
			rc = file_text(&r->key, p->tls_key, err);
		if (rc == 0 && p->tls_ca)
			rc = file_text(&r->ca, p->tls_ca, err);
	} else {
		rc = tls_self_made("127.0.0.1,localhost,::1", &r->ca,
				   &r->certificate, &r->key, err);
	}
	r->tls = (struct tls_material){ .certificate = r->certificate,
					.key = r->key, .ca = r->ca };
	if (rc == 0 && r->ca_file)
		rc = write_file(r->ca_file, span_str(r->ca), false, err);
	return rc;
}

/* ---- the trace of all it sees ---- */

static bool take(const struct ev *e, void *arg)
{
	struct reference *r = arg;

	if (!r->broke && trace_put(r->writer, e, r->err) < 0)
		r->broke = true;
	return true;
}

static unsigned facts_of(unsigned roles)
{
	unsigned facts = FACT_FLOW | FACT_TIME | FACT_HTTP | FACT_TLS;

	if (roles & ROLE_BIT(ROLE_WWSF))
		facts |= FACT_W1 | FACT_W4;
	if (roles & ROLE_BIT(ROLE_WAF))
		facts |= FACT_W4 | FACT_W5;
	if (roles & ROLE_BIT(ROLE_EPCSCF))
		facts |= FACT_W2 | FACT_W5 | FACT_MW | FACT_WS | FACT_SIP;
	if (roles & ROLE_BIT(ROLE_SCSCF))
		facts |= FACT_MW | FACT_SIP;
	return facts;
}

static int open_trace(struct reference *r, struct err *err)
{
	struct trace_head head = { .source = SOURCE_LIVE,
				   .facts = facts_of(r->roles),
				   .has_run = true };

	if (!r->trace)
		return 0;
	snprintf(head.purpose, sizeof head.purpose, "reference");
	head.profile_json = profile_to_json(r->profile);
	r->mask = mask_new(loop_random(r->loop));
	r->decoder = decoder_new(r->profile, r->mask, take, r);
	decoder_clock(r->decoder, loop_unix_us(r->loop) -
				  loop_now_us(r->loop));
	r->tap = tap_new(r->decoder, r->loop, r->roles);
	fabric_set_tap(r->fabric, tap_calls(r->tap));
	int rc = trace_create(&r->writer, r->trace, &head, r->mask, err);

	trace_head_free(&head);
	return rc;
}

static int close_trace(struct reference *r)
{
	struct ev e;

	if (!r->writer)
		return 0;
	tap_stop(r->tap);
	ev_init(&e, EV_END, loop_now_us(r->loop));
	decoder_event(r->decoder, &e);
	int rc = trace_finish(r->writer, r->err);

	r->writer = NULL;
	return r->broke ? -EXIT_RESULTS : rc;
}

/* ---- serving ---- */

static void say_ready(const struct reference *r)
{
	const struct parts *p = &r->parts;
	json_t *o = json_pack("{s:b}", "ready", 1);

	if (p->wwsf)
		json_object_set_new(o, "w1", json_string(wwsf_w1(p->wwsf)));
	if (p->epcscf)
		json_object_set_new(o, "w2", json_string(epcscf_w2(p->epcscf)));
	if (p->waf) {
		json_object_set_new(o, "w4", json_string(waf_w4(p->waf)));
		json_object_set_new(o, "w5", json_string(waf_w5(p->waf)));
	}
	if (p->epcscf) {
		json_object_set_new(o, "mw", json_string(epcscf_mw(p->epcscf)));
		json_object_set_new(o, "mw_epcscf",
				    json_string(epcscf_mw(p->epcscf)));
	}
	if (p->scscf) {
		/* Who sends a REGISTER on Mw sends it to the core. */
		json_object_set_new(o, "mw", json_string(scscf_mw(p->scscf)));
		json_object_set_new(o, "mw_scscf",
				    json_string(scscf_mw(p->scscf)));
		if (scscf_mw_too(p->scscf))
			json_object_set_new(o, "mw_tcp",
					    json_string(scscf_mw_too(p->scscf)));
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

static int serve(struct reference *r, struct err *err)
{
	struct parts_setup s = {
		.env = { .loop = r->loop, .fabric = r->fabric,
			 .profile = r->profile, .flaws = r->flaws,
			 .variants = r->variants, .trouble = r->trouble },
		.roles = r->roles, .at = r->profile->iut,
		.far = r->profile->tester, .alg = DIGEST_MD5,
	};
	struct sigaction sa = { .sa_handler = on_signal };
	int rc = parts_open(&r->parts, &s, err);

	if (rc < 0)
		return rc;
	to_stop = r->loop;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	say_ready(r);
	while (!loop_stopped(r->loop))
		loop_pass(r->loop, 1000000);
	return close_trace(r);
}

static int reference(struct reference *r, struct err *err)
{
	int rc = load_profile(r, err);

	if (rc == 0)
		rc = prepare_tls(r, err);
	if (rc < 0)
		return rc;
	r->loop = loop_new(false, (uint64_t)getpid());
	r->fabric = fabric_sockets(r->loop, &r->tls, err);
	if (!r->fabric)
		return -EXIT_BROKE;
	rc = open_trace(r, err);
	return rc == 0 ? serve(r, err) : rc;
}

static void reference_free(struct reference *r)
{
	to_stop = NULL;
	if (r->tap)
		tap_stop(r->tap);
	parts_free(&r->parts);
	if (r->fabric)
		fabric_free(r->fabric);
	tap_free(r->tap);
	if (r->decoder)
		decoder_free(r->decoder);
	if (r->writer)
		trace_finish(r->writer, NULL);
	if (r->mask)
		mask_free(r->mask);
	if (r->loop)
		loop_free(r->loop);
	if (r->profile)
		profile_free(r->profile);
	free(r->ca);
	free(r->certificate);
	free(r->key);
	free(r);
}

int cmd_reference(int argc, char **argv)
{
	struct reference *r = must_alloc(sizeof *r);
	struct err err = { 0 };
	int rc = options_read(r, argc, argv, &err);

	r->err = &err;
	if (rc == 0 && r->help)
		fputs(usage, stdout);
	else if (rc == 0)
		rc = reference(r, &err);
	if (rc < 0 && *err.text)
		say_error(&err);
	reference_free(r);
	return -rc;
}
