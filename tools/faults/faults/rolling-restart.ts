import { setTimeout as sleep } from 'node:timers/promises';
import { connectStowage } from '@stowage/client';
import type { Fault } from '../fault.js';

const DRAIN_MS = 30_000;

export const rollingRestart: Fault = {
  name: 'rolling-restart',
  title: 'SIGTERM to one worker after the other while commands and questions come',
  short: true,
  async provoke(experiment) {
    const { lab, commands, organizations, organization } = experiment;
    await experiment.makeStorage();
    const client = connectStowage({
      amqpUrl: lab.system.serviceAmqpUrl,
      service: 'backup-service',
      privateKeys: lab.system.secrets.serviceKeys,
      workerKeys: lab.system.secrets.workerPublicKeys.keys,
    });
    await client.getDefaultStorage(organization);
    let asked = 0;
    const failures: string[] = [];
    const rolled = new AbortController();
    const asking = (async () => {
      while (!rolled.signal.aborted) {
        asked++;
        await client.getDefaultStorage(organization).catch((error: Error) => failures.push(error.message));
        await sleep(20);
      }
    })();
    commands.stream(30, organizations);
    try {
      for (const old of lab.workers) {
        await lab.system.startWorker();
        const toldAt = Date.now();
        await old.process.stop();
        experiment.timely('ended in', Date.now() - toldAt, DRAIN_MS);
      }
    } finally {
      rolled.abort();
      await asking;
      await client.close();
    }
    await commands.endStream();
    experiment.figures.push(`${asked} questions, ${failures.length} failed`);
    experiment.require(failures.length === 0, `every question is answered: ${failures[0]}`);
  },
};
