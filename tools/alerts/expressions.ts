import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchorsIn } from '../links/pages.js';

const DOCS = join(process.cwd(), 'docs');

export interface Alert {
  name: string;
  expression: string;
  runbookUrl: string;
}

/** The rules as `promtool` reads them; the file keeps to one line a value, so that no parser is needed here. */
export function readAlerts(): Alert[] {
  const rules = readFileSync(join(DOCS, 'alerts', 'stowage.rules.yml'), 'utf8')
    .split(/^ +- alert: /m)
    .slice(1);
  return rules.map((rule) => ({
    name: rule.split('\n', 1)[0]!.trim(),
    expression: valueOf(rule, 'expr'),
    runbookUrl: valueOf(rule, 'runbook_url'),
  }));
}

function valueOf(rule: string, key: string): string {
  const [, quoted, plain] = new RegExp(`^ +${key}: (?:'((?:[^']|'')*)'|(\\S+))$`, 'm').exec(rule) ?? [];
  const value = quoted?.replaceAll("''", "'") ?? plain;
  if (value === undefined) throw new Error(`An alert has no ${key}:\n${rule}`);
  return value;
}

interface Dashboard {
  panels: { title: string; targets?: { expr: string }[] }[];
}

export function readDashboardExpressions(): string[] {
  const { panels } = JSON.parse(readFileSync(join(DOCS, 'grafana', 'stowage.json'), 'utf8')) as Dashboard;
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** Headings of the runbook as GitHub makes anchors of them. */
export function readRunbookAnchors(): string[] {
  return anchorsIn(readFileSync(join(DOCS, 'runbook.md'), 'utf8'));
}

const OPERATORS = new Set(['and', 'or', 'unless', 'offset', 'bool']);

/** The metrics that a PromQL expression reads: every name that is no function, operator, label or duration. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g, '');
  const names = [...bare.matchAll(/(?<![\w.])([a-z_][a-z0-9_]*)\b(?! *\()/g)].map(([, name]) => name!);
  return [...new Set(names)].filter((name) => !OPERATORS.has(name));
}
