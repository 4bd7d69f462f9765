import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Tenant } from '@stowage/entities';
import { Metrics } from '../metrics/metrics.js';
import type { EventStream } from './event-stream.js';
import type { OutboxEvent } from './outbox.js';

/** Proxies close what is silent for a minute. */
const PING_MS = 15_000;

/** The open streams of this gateway, by whose events they tell. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly streams = new Map<Tenant, Set<EventStream>>();
  private pings: NodeJS.Timeout | undefined;
  private count = 0;

  constructor(metrics: Metrics) {
    metrics.watchEventStreams(() => this.count);
  }

  onApplicationBootstrap(): void {
    this.pings = setInterval(() => this.forEach((stream) => stream.ping()), PING_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.pings);
  }

  get size(): number {
    return this.count;
  }

  get tenants(): Tenant[] {
    return [...this.streams.keys()];
  }

  /** Until it closes. */
  add(stream: EventStream): void {
    const { tenant } = stream;
    const ofTenant = this.streams.get(tenant) ?? new Set();
    this.streams.set(tenant, ofTenant.add(stream));
    this.count += 1;
    stream.onClose(() => {
      this.count -= 1;
      ofTenant.delete(stream);
      if (ofTenant.size === 0 && this.streams.get(tenant) === ofTenant) {
        this.streams.delete(tenant);
      }
    });
  }

  deliver(event: OutboxEvent): void {
    this.streams.get(event.tenant)?.forEach((stream) => stream.offer(event));
  }

  endAll(): void {
    this.forEach((stream) => stream.end());
  }

  private forEach(work: (stream: EventStream) => void): void {
    for (const ofTenant of this.streams.values()) ofTenant.forEach(work);
  }
}
