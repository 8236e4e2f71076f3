#!/usr/bin/python3
"""Renders a run's folder: junit.xml, report.html, matrix.csv and a ladder a
case, from results.json and the stored traces alone.

What a peer sent is hostile: every text goes through the template's or XML's
own escaping, and control characters are shown, never written."""

import csv
import io
import json
import os
import re
import sys

import jinja2
import junitparser

sys.dont_write_bytecode = True  # an installed tree may be read-only
import ladder  # noqa: E402

# Characters that XML 1.0 does not allow, even escaped.
NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
LADDERS_IN_REPORT = 400         # beyond that the report links to the files


def clean(text):
    """The text with what XML cannot hold made visible."""
    return NOT_XML.sub(lambda m: '\\x%02x' % ord(m.group()), str(text or ''))


def write(path, text):
    """By way of a temporary name: never half a report."""
    with open(path + '.part', 'w', encoding='utf-8', newline='') as f:
        f.write(text)
    os.replace(path + '.part', path)


# ---- junit.xml ----

def junit_outcome(case):
    """The child element of a testcase; None for a plain pass."""
    verdict, reason = case['verdict'], clean(case['reason'])
    if case.get('stale_baseline'):
        return junitparser.Failure(reason, 'stale-baseline')
    if verdict == 'fail':
        return junitparser.Failure(reason, 'must')
    if verdict == 'inconclusive':
        return junitparser.Error(reason, 'inconclusive')
    if verdict == 'not_applicable':
        return junitparser.Skipped(reason)
    if verdict == 'expected_fail':
        return junitparser.Skipped('baseline: ' + reason)
    if verdict == 'pass':
        return None
    return junitparser.Error(reason, 'harness')


def junit_text(case):
    lines = []
    for rule in case['rules'] + case['also_seen']:
        if rule['outcome'] == 'held' or rule.get('stimulus'):
            continue
        lines.append('%s %s %s (%s): %s' % (
            rule['id'], rule['outcome'], rule.get('effect', ''),
            rule.get('role', ''), clean(rule.get('text') or
                                        rule.get('needs') or '')))
        if 'event' in rule and case.get('trace'):
            lines.append('  %s:%d' % (case['trace'], rule['event']))
    if case.get('trace'):
        lines.append('[[ATTACHMENT|%s]]' % case['trace'])
    return '\n'.join(lines)


def junit_case(case):
    tc = junitparser.TestCase(case['id'] + ' ' + clean(case['title']),
                              'annexu.' + case['role'],
                              case['duration_us'] / 1e6)
    tc._elem.set('file', case.get('trace') or '')
    outcome = junit_outcome(case)
    if outcome is not None:
        outcome.text = junit_text(case)
        tc.result = [outcome]
    tc.system_out = junit_text(case)
    properties = junitparser.Properties()
    for name, value in (('id', case['id']), ('clause', case['clause']),
                        ('verdict', case['verdict']),
                        ('rules', ' '.join(r['id'] for r in case['rules']))):
        properties.add_property(junitparser.Property(name, clean(value)))
    tc.append(properties)
    return tc


def run_level_suite(results):
    """Rules broken outside the cases that test them fail the run once each."""
    suite = junitparser.TestSuite('rules broken outside their cases')
    for rule in results['broken_outside']:
        tc = junitparser.TestCase(rule['id'], 'annexu.rules', 0)
        failure = junitparser.Failure(
            clean('%s broken in %s' % (rule['id'], ', '.join(rule['cases']))),
            'must')
        tc.result = [failure]
        suite.add_testcase(tc)
    return suite


def junit(results):
    xml = junitparser.JUnitXml('annexu')
    for role in sorted({c['role'] for c in results['cases']}):
        suite = junitparser.TestSuite('annexu.' + role)
        for case in results['cases']:
            if case['role'] == role:
                suite.add_testcase(junit_case(case))
        xml.add_testsuite(suite)
    if results['broken_outside']:
        xml.add_testsuite(run_level_suite(results))
    xml.update_statistics()
    out = io.BytesIO()
    xml.write(out)
    return out.getvalue().decode('utf-8')


# ---- matrix.csv ----

def matrix(results):
    out = io.StringIO()
    rows = csv.writer(out, lineterminator='\n')
    rows.writerow(['clause', 'requirement', 'purpose', 'verdict'])
    for case in results['cases']:
        for rule in case['rules'] or [{'id': '', 'clause': case['clause']}]:
            rows.writerow([rule.get('clause', case['clause']), rule['id'],
                           case['id'], case['verdict']])
    return out.getvalue()


# ---- report.html ----

def breaches(results):
    """Rules that were broken, each once, with its first place and cases."""
    seen = {}
    for case in results['cases']:
        for rule in case['rules'] + case['also_seen']:
            if rule['outcome'] != 'broken' or rule.get('stimulus'):
                continue
            entry = seen.setdefault((rule['id'], rule.get('role')),
                                    dict(rule, case=case, cases=[]))
            entry['cases'].append(case['id'])
    return sorted(seen.values(), key=lambda r: r['id'])


def by_clause(results):
    """clause -> rules with their worst outcome and the cases that name them."""
    worst = {r['id']: r['outcome'] for r in results['rules']}
    clauses = {}
    for case in results['cases']:
        for rule in case['rules']:
            rules = clauses.setdefault(rule.get('clause', ''), {})
            entry = rules.setdefault(rule['id'], {
                'id': rule['id'], 'statement': rule.get('statement', ''),
                'outcome': worst.get(rule['id'], 'silent'), 'cases': []})
            entry['cases'].append({'id': case['id'],
                                   'verdict': case['verdict']})
    return [(c, sorted(r.values(), key=lambda x: x['id']))
            for c, r in sorted(clauses.items())]


def outside(results):
    """Broken rules, with effect fail, that the case at hand did not name."""
    found = {}
    for case in results['cases']:
        for rule in case['also_seen']:
            if rule.get('effect') == 'fail' and not rule.get('stimulus'):
                found.setdefault(rule['id'], []).append(case['id'])
    return [{'id': i, 'cases': c} for i, c in sorted(found.items())]


def draw_ladders(folder, results):
    drawn = 0
    for case in results['cases']:
        path = case.get('trace')
        full = os.path.join(folder, path) if path else ''
        if not path or not os.path.exists(full):
            continue
        marks = {r['event']: r for r in case['rules'] + case['also_seen']
                 if r['outcome'] in ('broken', 'inconclusive') and 'event' in r}
        svg = ladder.draw(full, marks)
        write(os.path.join(os.path.dirname(full), 'ladder.svg'), svg)
        if drawn < LADDERS_IN_REPORT:
            case['ladder'] = svg
        drawn += 1


def html(results):
    here = os.path.dirname(os.path.abspath(__file__))
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(here),
                             autoescape=True, trim_blocks=True,
                             lstrip_blocks=True,
                             undefined=jinja2.Undefined)
    env.filters['clean'] = clean
    return env.get_template('report.html.j2').render(
        run=results, breaches=breaches(results), clauses=by_clause(results))


def main(argv):
    if len(argv) != 2:
        print('usage: render.py RUN-FOLDER', file=sys.stderr)
        return 64
    folder = argv[1]
    try:
        with open(os.path.join(folder, 'results.json'), encoding='utf-8') as f:
            results = json.load(f)
        results['broken_outside'] = outside(results)
        draw_ladders(folder, results)
        write(os.path.join(folder, 'junit.xml'), junit(results))
        write(os.path.join(folder, 'matrix.csv'), matrix(results))
        write(os.path.join(folder, 'report.html'), html(results))
    except OSError as e:
        print('render.py: %s: %s' % (e.filename, e.strerror), file=sys.stderr)
        return 73
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
