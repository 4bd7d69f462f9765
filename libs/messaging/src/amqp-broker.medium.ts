import { AmqpBroker } from './amqp-broker.js';
import { describeBroker } from './testing/describe-broker.js';
import { describeOnRabbitmq, removeTopology } from './testing/describe-on-rabbitmq.js';
import type { Topology } from './topology.js';

describeOnRabbitmq('on RabbitMQ', (url) => {
  const declared: Topology[] = [];

  afterAll(async () => {
    for (const topology of declared) await removeTopology(url, topology);
  });

  describeBroker('AmqpBroker', (topology) => {
    declared.push(topology);
    return new AmqpBroker({ url, name: 'test', topology });
  });
});
