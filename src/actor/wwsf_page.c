/* The page that W1 delivers: a small WIC of its own for a browser. It logs in,
 * opens W2 with subprotocol sip and registers with the token. */
#include "actor/wwsf_priv.h"

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<title>Web access to IMS</title>\n";

static const char form[] =
	"</head><body><h1>Web access to IMS</h1>\n"
	"<form id=\"login\"><input name=\"user\" placeholder=\"user\" autocomplete=\"username\">\n"
	"<input name=\"password\" type=\"password\" placeholder=\"password\">\n"
	"<button>Connect</button> <small>leave both empty to stay anonymous</small></form>\n"
	"<pre id=\"log\"></pre>\n";

static const char script[] =
	"<script>\n"
	"'use strict';\n"
	"const meta = n => document.querySelector(`meta[name=\"${n}\"]`).content;\n"
	"const w2 = meta('wic-w2'), home = meta('wic-home'), bye = meta('wic-bye');\n"
	"const log = t => { document.getElementById('log').textContent += t + '\\n'; };\n"
	"const hex = n => Array.from(crypto.getRandomValues(new Uint8Array(n)),\n"
	"  b => b.toString(16).padStart(2, '0')).join('');\n"
	"const post = (path, body) => fetch(path, { method: 'POST', body: JSON.stringify(body),\n"
	"  headers: { 'Content-Type': 'application/json' } });\n"
	"let session = null, socket = null, timer = null, cseq = 0;\n"
	"const call = hex(12), tag = hex(6), host = hex(6) + '.invalid';\n"
	"const instance = crypto.randomUUID();\n"
	"function register(expires) {\n"
	"  const impu = Array.isArray(session.impu) ? session.impu[0] :\n"
	"    session.impu || 'sip:anonymous@anonymous.invalid';\n"
	"  socket.send([`REGISTER sip:${home} SIP/2.0`,\n"
	"    `Via: SIP/2.0/WSS ${host};branch=z9hG4bK${hex(8)}`, 'Max-Forwards: 70',\n"
	"    `From: <${impu}>;tag=${tag}`, `To: <${impu}>`, `Call-ID: ${call}`,\n"
	"    `CSeq: ${++cseq} REGISTER`,\n"
	"    `Contact: <sip:wic@${host};transport=ws>;reg-id=1` +\n"
	"    `;+sip.instance=\"<urn:uuid:${instance}>\";expires=${expires}`,\n"
	"    'Supported: path, outbound, gruu',\n"
	"    `Authorization: Bearer access_token=\"${session.token}\"`,\n"
	"    'Content-Length: 0', '', ''].join('\\r\\n'));\n"
	"}\n"
	"function received(text) {\n"
	"  const first = text.split('\\r\\n')[0];\n"
	"  log(first);\n"
	"  if (!first.startsWith('SIP/2.0')) {\n"
	"    const own = /^(via|v|from|f|to|t|call-id|i|cseq)\\s*:/i;\n"
	"    const keep = text.split('\\r\\n').filter(line => own.test(line));\n"
	"    const answer = ['SIP/2.0 200 OK', ...keep, 'Content-Length: 0', '', ''];\n"
	"    socket.send(answer.join('\\r\\n'));\n"
	"    return;\n"
	"  }\n"
	"  const granted = /expires\\s*[=:]\\s*(\\d+)/i.exec(text);\n"
	"  clearTimeout(timer);\n"
	"  if (first.startsWith('SIP/2.0 2') && granted && +granted[1])\n"
	"    timer = setTimeout(renew, +granted[1] * 500);\n"
	"}\n"
	"async function renew() {\n"
	"  const answer = await post('/session/refresh', { token: session.token });\n"
	"  if (answer.ok) { session = await answer.json(); register(600); }\n"
	"  else log(`refresh refused: ${answer.status}`);\n"
	"}\n"
	"document.getElementById('login').addEventListener('submit', async event => {\n"
	"  event.preventDefault();\n"
	"  const f = event.target, user = f.user.value;\n"
	"  const login = user ? { user, password: f.password.value } : {};\n"
	"  const answer = await post('/session', login);\n"
	"  if (!answer.ok) { log(`refused: ${answer.status}`); return; }\n"
	"  session = await answer.json();\n"
	"  socket = new WebSocket(w2, 'sip');\n"
	"  socket.onopen = () => register(600);\n"
	"  socket.onmessage = e => e.data.text ? e.data.text().then(received) : received(e.data);\n"
	"  socket.onclose = () => log('W2 closed');\n"
	"});\n"
	"addEventListener('pagehide', () => { if (session && bye)\n"
	"  navigator.sendBeacon(bye, JSON.stringify({ token: session.token, why: 'left' })); });\n"
	"</script></body></html>\n";

static void put_meta(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "<meta name=\"%s\" content=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '<' || *value == '&')
			buf_addf(b, "&#%d;", *value);
		else
			buf_addc(b, *value);
	}
	buf_add(b, S("\">\n"));
}

void wwsf_page(const struct wwsf *w, struct buf *b)
{
	const struct profile *p = w->env.profile;

	buf_add(b, span_str(head));
	put_meta(b, "wic-w2", w->w2);
	put_meta(b, "wic-home", p->home_domain ? p->home_domain : "invalid");
	put_meta(b, "wic-bye", "/session/bye");
	buf_add(b, span_str(form));
	buf_add(b, span_str(script));
}
