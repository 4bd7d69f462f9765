import type { System } from '../../system/index.js';

const HANDLED = /^(?:rpc_server|messaging_process)_duration_seconds_count\{.*outcome="([^"]+)".*\} (\d+)$/gm;
const EXPIRED = /^rpc_server_expired_total\{.*\} (\d+)$/gm;

/** How many messages the workers have handled, by outcome, as their metrics tell. */
export class Handled {
  constructor(
    readonly outcomes: Record<string, number>,
    /** Requests that were not run, or run and not answered, as their deadline had passed. */
    readonly expired: number,
  ) {}

  get total(): number {
    return Object.values(this.outcomes).reduce((sum, number) => sum + number, 0);
  }

  since(before: Handled): Handled {
    const outcomes = Object.entries(this.outcomes)
      .map(([outcome, number]) => [outcome, number - (before.outcomes[outcome] ?? 0)] as const)
      .filter(([, number]) => number > 0);
    return new Handled(Object.fromEntries(outcomes), this.expired - before.expired);
  }
}

export async function handledBy({ workers }: System): Promise<Handled> {
  const texts = await Promise.all(workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const text = texts.join('\n');
  const outcomes: Record<string, number> = {};
  for (const [, outcome, number] of text.matchAll(HANDLED)) {
    outcomes[outcome!] = (outcomes[outcome!] ?? 0) + Number(number);
  }
  const expired = [...text.matchAll(EXPIRED)].reduce((sum, [, number]) => sum + Number(number), 0);
  return new Handled(outcomes, expired);
}
