import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';

/**
 * A gauge of seconds that is asked of the database at each scrape.
 * @param sql selects one row with `seconds`, null where there is nothing to be old
 */
export function ageGauge(
  registry: Registry,
  dataSource: DataSource,
  { name, help, sql }: { name: string; help: string; sql: string },
): void {
  const gauge: Gauge = new Gauge({
    name,
    help: `${help}; 0 when there is none, NaN when the database does not answer`,
    registers: [registry],
    collect: async (): Promise<void> => gauge.set(await ageOf(dataSource, sql)),
  });
}

async function ageOf(dataSource: DataSource, sql: string): Promise<number> {
  try {
    const [row]: { seconds: number | null }[] = await dataSource.query(sql);
    return row?.seconds ?? 0;
  } catch {
    return Number.NaN;
  }
}
