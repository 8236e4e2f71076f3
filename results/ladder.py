"""A message ladder (SVG) from a stored trace: who sent what to whom, and which
message broke a rule. Everything that stands in it is escaped."""

import base64
import html
import json
import re

ROLES = ['wic', 'wwsf', 'waf', 'epcscf', 'scscf']
NAMES = {'wic': 'WIC', 'wwsf': 'WWSF', 'waf': 'WAF', 'epcscf': 'eP-CSCF',
         'scscf': 'S-CSCF'}
STEP = 22               # height of a message
MESSAGES_MAX = 600      # a longer trace is cut, and says so
TEXT_MAX = 64
SHOWN = ('http', 'ws', 'sip', 'mark', 'expired', 'released')
# Colours by class, so that the report's own theme and a file alone both work.
STYLE = ('text{font:12px ui-monospace,monospace;fill:currentColor}'
         '.life,.arrow{stroke:currentColor;fill:none}.life{opacity:.3}'
         '.note{opacity:.65}.bad{stroke:#d33;stroke-width:2}'
         '.badtext{fill:#d33}.odd{stroke:#c80;stroke-width:2}')


def escape(text):
    text = re.sub('[\x00-\x1f\x7f-\x9f]', '?', text)
    return html.escape(re.sub('[\ud800-\udfff\ufffe\uffff]', '?', text))


def first_line(event):
    """What the message is, in one line."""
    text = event.get('bytes')
    if text is None and 'b64' in event:
        text = base64.b64decode(event['b64']).decode('latin-1')
    lines = (text or '').lstrip('\r\n').split('\n')
    return lines[0].strip()


def detail(event):
    """What tells two REGISTERs apart at a glance."""
    text = event.get('bytes') or ''
    found = []
    for pattern in (r'(?im)^CSeq:\s*(\d+)', r'(?im)^(?:To|t):.*?<?(sips?:[^>;\s]+)',
                    r'(?im)integrity-protected="?([a-z-]+)',
                    r'(?im)^Authorization:\s*(Bearer)',
                    r'(?im)^Expires:\s*(\d+)'):
        m = re.search(pattern, text)
        if m:
            found.append(m.group(1))
    return ' '.join(found)


def words(event):
    kind = event.get('ev')
    if kind == 'sip':
        line = first_line(event).replace(' SIP/2.0', '').replace('SIP/2.0 ', '')
        return '%s  %s' % (line, detail(event))
    if kind == 'http':
        return first_line(event).replace(' HTTP/1.1', '').replace('HTTP/1.1 ', '')
    if kind == 'ws':
        step = event.get('step', '')
        if step == 'frame':
            return 'WebSocket %s' % event.get('op', '')
        return 'WebSocket %s %s' % (step, event.get('protocol', ''))
    if kind == 'mark':
        return event.get('text', '')
    return '%s %s' % (kind, event.get('impu', ''))


def wanted(event):
    if event.get('derived') or event.get('ev') not in SHOWN:
        return False
    # A frame that carries SIP is followed by the SIP message itself.
    return not (event['ev'] == 'ws' and event.get('step') == 'frame' and
                event.get('op') in ('text', 'binary', 'cont'))


def lane(role, event):
    if role == 'wic' and event.get('wic'):
        return 'wic ' + event['wic']
    return role


def read(path):
    """Lines of the trace that are drawn: (line number, event)."""
    out, cut = [], False
    with open(path, encoding='utf-8', errors='replace') as f:
        for number, line in enumerate(f, 1):
            if number == 1:
                continue
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not wanted(event):
                continue
            if len(out) == MESSAGES_MAX:
                cut = True
                break
            out.append((number, event))
    return out, cut


def lanes_of(events):
    wics = []
    for _, e in events:
        for end in ('from', 'to'):
            if e.get(end) == 'wic' and lane('wic', e) not in wics:
                wics.append(lane('wic', e))
    used = {e.get(end) for _, e in events for end in ('from', 'to')}
    return wics + [r for r in ROLES[1:] if r in used]


def title(name):
    if name.startswith('wic '):
        return 'WIC ' + name[4:]
    return NAMES.get(name, name)


def arrow(x1, x2, y, css):
    head = -6 if x2 > x1 else 6
    return ('<path class="arrow %s" d="M%d %dH%dm%d -4l%d 4l%d 4"/>' %
            (css, x1, y, x2, head, -head, head))


def row(number, event, y, at, mark):
    css = '' if not mark else 'bad' if mark['outcome'] == 'broken' else 'odd'
    text = words(event)
    text = text if len(text) <= TEXT_MAX else text[:TEXT_MAX - 1] + '\u2026'
    label = 'badtext' if css == 'bad' else ''
    out = ['<text class="note" x="4" y="%d">%s</text>' %
           (y, escape('%9.3f %4d' % (event.get('t', 0), number)))]
    a, b = lane(event.get('from', ''), event), lane(event.get('to', ''), event)
    if a in at and b in at and a != b:
        out.append(arrow(at[a], at[b], y, css))
        x = min(at[a], at[b]) + 8
    else:
        x = min(at.values()) if at else 120
    tip = '' if not mark else '<title>%s</title>' % escape(
        '%s: %s' % (mark['id'], mark.get('text', '')))
    out.append('<text class="%s" x="%d" y="%d">%s%s</text>' %
               (label, x, y - 4, tip,
                escape((mark['id'] + ' ' if mark else '') + text)))
    return out


def draw(path, marks):
    """marks: line number -> finding. The whole picture as text."""
    events, cut = read(path)
    lanes = lanes_of(events)
    gap = 190
    at = {name: 150 + i * gap for i, name in enumerate(lanes)}
    width = 150 + max(len(lanes), 1) * gap + 260
    height = 60 + STEP * (len(events) + 1)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
           'width="%d" role="img"><style>%s</style>' %
           (width, height, width, STYLE)]
    for name, x in at.items():
        out.append('<text x="%d" y="20" text-anchor="middle">%s</text>'
                   '<path class="life" d="M%d 28V%d"/>' %
                   (x, escape(title(name)), x, height - 10))
    # A breach may be known by an event that is not drawn: the one before.
    drawn = [n for n, _ in events]
    placed = {}
    for line, mark in marks.items():
        before = [n for n in drawn if n <= line]
        if before:
            placed[before[-1]] = mark
    for i, (number, event) in enumerate(events):
        out += row(number, event, 60 + STEP * i, at, placed.get(number))
    if cut:
        out.append('<text x="150" y="%d">only the first %d messages are '
                   'drawn</text>' % (height - 8, MESSAGES_MAX))
    out.append('</svg>')
    return '\n'.join(out)
