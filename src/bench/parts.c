#include "bench/parts.h"

#include <stdio.h>
#include <string.h>

/* A failure of an actor to start is the environment's: a port is taken. */
static int started(bool ok, const char *who, struct err *err)
{
	if (ok)
		return 0;
	if (err->exit == EXIT_MET)
		err->exit = EXIT_BROKE;
	err_prefix(err, "the %s does not start", who);
	return -(int)err->exit;
}

static int open_scscf(struct parts *p, const struct parts_setup *s,
		      struct err *err)
{
	bool named = s->at.mw && !(s->roles & ROLE_BIT(ROLE_EPCSCF));
	struct scscf_config c = {
		.env = s->env,
		.listen = named ? s->at.mw : s->far.mw ? s->far.mw :
			  "udp:127.0.0.1:0",
		.alg = s->alg,
	};

	if (strncmp(c.listen, "udp:", 4) == 0 && !named && !s->far.mw)
		c.listen_too = "tcp:127.0.0.1:0";
	p->scscf = scscf_new(&c, err);
	return started(p->scscf != NULL, "S-CSCF", err);
}

/* The end point of a URL: what listens has no path. */
static const char *without_path(char *out, size_t cap, const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = host ? (size_t)(host - url) + 3 : 0;

	n += strcspn(url + n, "/");
	snprintf(out, cap, "%.*s", (int)n, url);
	return out;
}

static int open_waf(struct parts *p, const struct parts_setup *s,
		    struct err *err)
{
	const char *url = s->at.w4 ? s->at.w4 : s->at.w5;
	char listen[300];
	struct waf_config c = {
		.env = s->env,
		.listen = url ? without_path(listen, sizeof listen, url) :
			  "https://127.0.0.1:0",
	};

	p->waf = waf_new(&c, err);
	return started(p->waf != NULL, "WAF", err);
}

static int open_wwsf(struct parts *p, const struct parts_setup *s,
		     struct err *err)
{
	char listen[300];
	struct wwsf_config c = {
		.env = s->env,
		.listen = s->at.w1 ? without_path(listen, sizeof listen,
						  s->at.w1) :
			  "https://127.0.0.1:0",
		.w4 = p->waf ? waf_w4(p->waf) : s->far.w4,
		.w2 = p->epcscf ? epcscf_w2(p->epcscf) : s->far.w2,
	};

	if (!c.w4)
		return err_set(err, EXIT_USAGE, "the WWSF needs a WAF: it is "
			       "no role of ours and the ixit has no "
			       "tester.w4");
	p->wwsf = wwsf_new(&c, err);
	return started(p->wwsf != NULL, "WWSF", err);
}

static int open_epcscf(struct parts *p, const struct parts_setup *s,
		       struct err *err)
{
	const char *peer = s->far.mw;

	if (p->scscf)
		peer = s->mw_tcp && scscf_mw_too(p->scscf) ?
		       scscf_mw_too(p->scscf) : scscf_mw(p->scscf);
	if (!peer)
		return err_set(err, EXIT_USAGE, "the eP-CSCF needs a core: the "
			       "S-CSCF is no role of ours and the ixit has no "
			       "tester.mw");
	bool tcp = strncmp(peer, "tcp:", 4) == 0;
	struct epcscf_config c = {
		.env = s->env,
		.listen_w2 = s->at.w2 ? s->at.w2 : "wss://127.0.0.1:0/",
		.listen_mw = s->at.mw ? s->at.mw :
			     tcp ? "tcp:127.0.0.1:0" : "udp:127.0.0.1:0",
		.peer_mw = peer,
		.w5 = p->waf ? waf_w5(p->waf) : s->far.w5,
	};

	p->epcscf = epcscf_new(&c, err);
	return started(p->epcscf != NULL, "eP-CSCF", err);
}

int parts_open(struct parts *p, const struct parts_setup *s, struct err *err)
{
	int rc = 0;

	memset(p, 0, sizeof *p);
	err->exit = EXIT_MET;
	if (s->roles & ROLE_BIT(ROLE_SCSCF))
		rc = open_scscf(p, s, err);
	if (rc == 0 && (s->roles & ROLE_BIT(ROLE_WAF)))
		rc = open_waf(p, s, err);
	if (rc == 0 && (s->roles & ROLE_BIT(ROLE_EPCSCF)))
		rc = open_epcscf(p, s, err);
	if (rc == 0 && (s->roles & ROLE_BIT(ROLE_WWSF)))
		rc = open_wwsf(p, s, err);
	return rc;
}

void parts_free(struct parts *p)
{
	if (p->epcscf)
		epcscf_free(p->epcscf);
	if (p->wwsf)
		wwsf_free(p->wwsf);
	if (p->waf)
		waf_free(p->waf);
	if (p->scscf)
		scscf_free(p->scscf);
	memset(p, 0, sizeof *p);
}
