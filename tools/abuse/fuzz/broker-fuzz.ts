import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../system/index.js';
import { kindsOf, makeInput, makeRefused, type Subject } from './broker-inputs.js';
import { Ledger, Line } from './broker-line.js';
import { loggedFailures } from './logged-failures.js';
import type { FuzzReport } from './rest-fuzz.js';
import { type Handled, handledBy } from './worker-figures.js';

export interface BrokerFuzzOptions extends Subject {
  system: System;
  count: number;
}

const BATCH = 50;
/** More would only wait in the queues until their deadline. */
const OPEN_AT_ONCE = 25;
const REFUSED_SHARE = 0.01;
/** Deadlines of what is asked for are shorter. */
const REPLIES_MS = 20_000;
const HANDLED_MS = 60_000;

/**
 * Random, hostile and oversized messages on every exchange, as those who may write there; the same ones for the same
 * seed. Every one is accounted for: refused by the broker as it must be, or handled by a worker to a known outcome, or
 * past its deadline.
 */
export async function fuzzBroker(options: BrokerFuzzOptions): Promise<FuzzReport> {
  const { system, random, count } = options;
  const kinds = kindsOf(options);
  const ledger = new Ledger();
  const before = await handledBy(system);
  const lines = {
    service: await Line.open(system.serviceAmqpUrl, ledger),
    gateway: await Line.open(system.gatewayAmqpUrl, ledger),
  };
  const all = Object.values(lines);
  try {
    for (let sent = 0; sent < count; sent++) {
      const kind = random.pick(kinds);
      if (random.next() < REFUSED_SHARE) await lines[kind.as].sendRefused(makeRefused(random, kind));
      else lines[kind.as].send(makeInput(random, kind, `fuzz-${sent}`));
      if (sent % BATCH === 0) await Promise.all(all.map((line) => line.settled(OPEN_AT_ONCE, REPLIES_MS)));
    }
    await Promise.all(all.map((line) => line.settled(0, REPLIES_MS)));
    const handled = await whenHandled(system, before, ledger.delivered);
    account(
      ledger,
      handled,
      all.flatMap(({ unanswered }) => unanswered),
    );
    nameCulprits(ledger, system);
    return { inputs: count, outcomes: outcomesOf(ledger, handled), findings: ledger.findings };
  } finally {
    await Promise.all(all.map((line) => line.close()));
  }
}

/** Commands and events give no answer: they are done when the workers have counted them. */
async function whenHandled(system: System, before: Handled, delivered: number): Promise<Handled> {
  const until = Date.now() + HANDLED_MS;
  for (;;) {
    const handled = (await handledBy(system)).since(before);
    if (handled.total + handled.expired >= delivered || Date.now() > until) return handled;
    await sleep(200);
  }
}

function account(ledger: Ledger, { total, expired, outcomes }: Handled, unanswered: string[]): void {
  // Those that were run too late are in both figures.
  if (total > ledger.delivered || total + expired < ledger.delivered) {
    ledger.find(`of ${ledger.delivered} delivered ${total} were handled and ${expired} expired`);
  }
  if (outcomes['request.internal']) ledger.find(`${outcomes['request.internal']} ended with request.internal`);
  if (unanswered.length > expired) for (const question of unanswered) ledger.find(`no reply to ${question}`);
}

/** Commands and events get no answer that a finding could quote: the worker's log tells which one it was. */
function nameCulprits(ledger: Ledger, system: System): void {
  for (const { message, error } of loggedFailures(system.logs())) {
    const what = ledger.sent.get(message);
    if (what !== undefined) ledger.find(`${error} came of ${what}`);
  }
}

function outcomesOf({ delivered, refused }: Ledger, { outcomes, expired }: Handled): Record<string, number> {
  const byBroker = Object.entries(refused).map(([code, number]) => [`refused by the broker ${code}`, number]);
  return { delivered, expired, ...outcomes, ...Object.fromEntries(byBroker) };
}
