export type Verdict =
  | { kind: 'clean' }
  /** Packages with advisories of the level asked for or above. */
  | { kind: 'findings'; packages: string[] }
  /** The registry keeps no advisories, or was not reached. */
  | { kind: 'unanswered'; reason: string };

const SEVERE = ['high', 'critical'];

interface Report {
  auditReportVersion?: number;
  vulnerabilities?: Record<string, { severity: string }>;
  message?: string;
  error?: { summary?: string };
}

/** Reads what `npm audit --json` has said. */
export function verdictOn(output: string): Verdict {
  const report = read(output);
  if (report?.auditReportVersion === undefined || report.vulnerabilities === undefined) {
    return {
      kind: 'unanswered',
      reason: report?.message ?? report?.error?.summary ?? (output.trim().slice(0, 200) || 'no answer'),
    };
  }
  const packages = Object.entries(report.vulnerabilities)
    .filter(([, { severity }]) => SEVERE.includes(severity))
    .map(([name, { severity }]) => `${name} (${severity})`);
  return packages.length > 0 ? { kind: 'findings', packages } : { kind: 'clean' };
}

function read(output: string): Report | null {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return null;
  }
}
