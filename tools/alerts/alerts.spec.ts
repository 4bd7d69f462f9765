import { metricsIn, readAlerts, readDashboardExpressions, readRunbookAnchors } from './expressions.js';

describe('alerts', () => {
  const alerts = readAlerts();

  it('are there, each by a name of its own', () => {
    expect(alerts.length).toBeGreaterThan(10);
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
  });

  it.each(alerts.map(({ name, runbookUrl }) => [name, runbookUrl]))('%s has its entry in the runbook', (name, url) => {
    expect(url).toBe(`docs/runbook.md#${name.toLowerCase()}`);
    expect(readRunbookAnchors()).toContain(name.toLowerCase());
  });
});

describe('the alarm of releases', () => {
  it('rings at a thousand organizations within a minute', () => {
    const expression = readAlerts().find(({ name }) => name === 'StowageReleasesSurge')?.expression ?? '';
    const [, threshold] =
      /^sum by \(service\) \(increase\(storage_releases_total\[5m\]\)\) > (\d+) /.exec(expression) ?? [];
    // Prometheus sees the increase between its first and last scrape of the time.
    expect(Number(threshold)).toBeLessThanOrEqual(900);
  });
});

describe('metricsIn', () => {
  it('finds the metrics of an expression and nothing else', () => {
    const expression =
      'histogram_quantile(0.99, sum by (le) (rate(a_seconds_bucket{x="b_total"}[10m]))) > 0.25 or sum(c) unless on () d_total offset 10m';
    expect(metricsIn(expression)).toEqual(['a_seconds_bucket', 'c', 'd_total']);
  });

  it('finds some in every panel of the dashboard', () => {
    for (const expression of readDashboardExpressions()) expect(metricsIn(expression)).not.toEqual([]);
  });
});
