import { readFileSync } from 'node:fs';
import type { Laboratory } from './laboratory.js';

/** What may grow while the process lives: of the slope after the warm-up. */
const MOST_MB_PER_MINUTE = 1;
/** Before, caches and pools fill; of a short soak a third. */
const LONGEST_WARM_UP_MINUTES = 5;
/** A slope over less shows the garbage collector, not a leak: it is printed and not judged. */
const LEAST_MINUTES_TO_JUDGE = 5;

interface Sample {
  at: number;
  megabytes: number;
}

/** Looks at a soaking system between faults: memory of the processes that no fault ends, and channels at the broker. */
export class Soak {
  private readonly memory = new Map<string, Sample[]>();
  private readonly channels: number[] = [];
  private readonly warmUpMs: number;
  private readonly began = Date.now();

  constructor(
    private readonly lab: Laboratory,
    minutes: number,
  ) {
    this.warmUpMs = Math.min(LONGEST_WARM_UP_MINUTES, minutes / 3) * 60_000;
  }

  /** When the system is healed and idle. */
  async look(): Promise<void> {
    for (const { name, process } of [...this.lab.gateways, ...this.lab.workers]) {
      const samples = this.memory.get(name) ?? [];
      samples.push({ at: Date.now(), megabytes: residentMegabytes(await process.pid) });
      this.memory.set(name, samples);
    }
    const listed = await this.lab.brokerCtl('-q', 'list_channels', 'user');
    this.channels.push(listed.split('\n').filter((user) => /^(gateway|storage-worker)$/.test(user.trim())).length);
  }

  figures(): string[] {
    const slopes = this.slopes().map(
      ({ name, slope, minutes }) => `${name} ${slope.toFixed(2)} MB/min over ${minutes.toFixed(1)} min`,
    );
    return [...slopes, `channels ${this.channels[0]} to ${this.channels.at(-1)}`];
  }

  /** What must not be; judged only after a soak that is long enough to show it. */
  complaints(): string[] {
    const growing = this.slopes().filter(
      ({ slope, minutes }) => minutes >= LEAST_MINUTES_TO_JUDGE && slope > MOST_MB_PER_MINUTE,
    );
    const leaked = this.channels.at(-1)! - this.channels[0]!;
    return [
      ...growing.map(({ name, slope }) => `soak: ${name} grows by ${slope.toFixed(2)} MB a minute`),
      ...(leaked > 0 ? [`soak: ${leaked} channels more than at first`] : []),
    ];
  }

  /** Of those that live since the warm-up, or were looked at for as long. */
  private slopes(): { name: string; slope: number; minutes: number }[] {
    return [...this.memory]
      .map(([name, samples]) => ({ name, samples: samples.filter(({ at }) => at >= this.began + this.warmUpMs) }))
      .filter(({ samples }) => samples.length > 2 && samples.at(-1)!.at - samples[0]!.at >= this.warmUpMs)
      .map(({ name, samples }) => ({
        name,
        slope: slopeOf(samples),
        minutes: (samples.at(-1)!.at - samples[0]!.at) / 60_000,
      }));
  }
}

/** Least squares, megabytes a minute. */
function slopeOf(samples: Sample[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = samples.map(({ at }) => at / 60_000);
  const [middle, level] = [mean(minutes), mean(samples.map(({ megabytes }) => megabytes))];
  const spread = minutes.reduce((sum, minute) => sum + (minute - middle) ** 2, 0);
  return samples.reduce((sum, { megabytes }, i) => sum + (minutes[i]! - middle) * (megabytes - level), 0) / spread;
}

/** Linux only: proc(5). */
function residentMegabytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
