import { Gauge, type Registry } from 'prom-client';

interface Asked {
  name: string;
  help: string;
  labelNames?: string[];
  /** Selects `value` and the labels. */
  sql: string;
}

/** A gauge that is asked of the database at each scrape; NaN when that does not answer. */
export function databaseGauge(
  registry: Registry,
  database: { query<Rows>(sql: string): Promise<Rows> },
  { name, help, labelNames = [], sql }: Asked,
): void {
  const gauge: Gauge = new Gauge({
    name,
    help: `${help}; NaN when the database does not answer`,
    labelNames,
    registers: [registry],
    collect: async (): Promise<void> => {
      try {
        const rows = await database.query<Record<string, string | number>[]>(sql);
        gauge.reset();
        for (const { value, ...labels } of rows) gauge.set(labels, Number(value ?? 0));
      } catch {
        gauge.reset();
        if (labelNames.length === 0) gauge.set(Number.NaN);
      }
    },
  });
}
