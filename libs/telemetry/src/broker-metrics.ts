import type { Broker } from '@stowage/messaging';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What can be seen of the broker from here. All labels are names of the topology, roles, or words of a small set. */
export function watchBroker(registry: Registry, broker: Broker): void {
  const registers = [registry];
  const sent = new Counter({
    name: 'messaging_client_sent_messages_total',
    help: 'Messages and requests sent, by exchange and outcome: ok, or why not',
    labelNames: ['destination', 'outcome'],
    registers,
  });
  const redelivered = new Counter({
    name: 'amqp_redelivered_total',
    help: 'Messages that came again, as their first consumer did not acknowledge them',
    labelNames: ['queue'],
    registers,
  });
  const parked = new Counter({
    name: 'dlq_parked_total',
    help: 'Messages put among the dead letters, by the code of the reason',
    labelNames: ['reason'],
    registers,
  });
  broker.observe({
    sent: (destination, outcome) => sent.inc({ destination: destination === '' ? '(reply)' : destination, outcome }),
    redelivered: (queue) => redelivered.inc({ queue }),
    parked: (reason) => parked.inc({ reason }),
  });

  void new Gauge({
    name: 'rpc_client_pending',
    help: 'Requests sent that wait for their reply',
    registers,
    collect() {
      this.set(broker.status.pendingRequests);
    },
  });
  void new Gauge({
    name: 'amqp_consumer_up',
    help: 'Whether the consumer of a queue is registered at the broker',
    labelNames: ['queue'],
    registers,
    collect() {
      this.reset();
      const { consuming, missing } = broker.status;
      for (const queue of missing) this.set({ queue }, 0);
      for (const queue of consuming) this.set({ queue }, 1);
    },
  });
  void new Gauge({
    name: 'amqp_connection_up',
    help: 'Whether the connection is open, blocked or not',
    labelNames: ['role'],
    registers,
    collect() {
      for (const { role, state } of broker.status.connections) {
        this.set({ role }, state === 'up' || state === 'blocked' ? 1 : 0);
      }
    },
  });
  void new Gauge({
    name: 'amqp_connection_blocked',
    help: 'Whether the broker takes no messages on the connection, as it is short of memory or disk',
    labelNames: ['role'],
    registers,
    collect() {
      for (const { role, state } of broker.status.connections) this.set({ role }, state === 'blocked' ? 1 : 0);
    },
  });
  void new Counter({
    name: 'amqp_reconnects_total',
    help: 'Times that the connection was opened again',
    labelNames: ['role'],
    registers,
    collect() {
      this.reset();
      for (const { role, reconnects } of broker.status.connections) this.inc({ role }, reconnects);
    },
  });
}
