import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import type { EventStream } from './event-stream.js';
import type { OutboxEvent } from './outbox.js';

/** Proxies close what is silent for a minute. */
const PING_MS = 15_000;

/** The open streams of this gateway, by organization. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly streams = new Map<string, Set<EventStream>>();
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

  get organizationIds(): string[] {
    return [...this.streams.keys()];
  }

  /** Until it closes. */
  add(stream: EventStream): void {
    const { organizationId } = stream;
    const ofOrganization = this.streams.get(organizationId) ?? new Set();
    this.streams.set(organizationId, ofOrganization.add(stream));
    this.count += 1;
    stream.onClose(() => {
      this.count -= 1;
      ofOrganization.delete(stream);
      if (ofOrganization.size === 0 && this.streams.get(organizationId) === ofOrganization) {
        this.streams.delete(organizationId);
      }
    });
  }

  deliver(event: OutboxEvent): void {
    this.streams.get(event.organizationId)?.forEach((stream) => stream.offer(event));
  }

  endAll(): void {
    this.forEach((stream) => stream.end());
  }

  private forEach(work: (stream: EventStream) => void): void {
    for (const ofOrganization of this.streams.values()) ofOrganization.forEach(work);
  }
}
