import { randomUUID } from 'node:crypto';
import { fuzzBroker } from '../tools/abuse/fuzz/broker-fuzz.js';
import { fuzzRest } from '../tools/abuse/fuzz/rest-fuzz.js';
import { RestClient } from '../tools/abuse/rest-client.js';
import { Transcript } from '../tools/abuse/transcript.js';
import { Canaries } from '../tools/canary/canaries.js';
import { Random } from '../tools/faults/random.js';
import { describeOnServers, type SandboxS3, startSandboxS3 } from '../tools/servers/index.js';
import { startSystem, type System } from '../tools/system/index.js';

const COUNT = 500;
const START_MS = 120_000;

/** A slice of what `npm run abuse -- 108 109` does at length. */
describeOnServers(['rabbitmq'], 'random and hostile input', () => {
  const organization = randomUUID();
  // Another one each time, and printed: the same number makes the same inputs.
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
  const canaries = new Canaries();
  const transcript = new Transcript([canaries]);
  let s3: SandboxS3;
  let system: System;
  let rest: RestClient;
  let storageId: string;

  beforeAll(async () => {
    [s3, system] = await Promise.all([startSandboxS3(), startSystem()]);
    canaries.add('secret_key', s3.users.full.secret_key);
    const token = await system.token({ [organization]: 'all' }, { platform: true });
    rest = new RestClient(system.api, token, organization, transcript);
    const body = { name: 'x', provider: 'minio', endpoint_url: s3.endpoint, bucket: s3.bucket, ...s3.users.full };
    storageId = String((await rest.create(body)).body['id']);
  }, START_MS);
  afterAll(async () => {
    await system?.stop();
    await s3?.stop();
  }, 60_000);

  const alive = () => [...system.gateways, ...system.workers].every(({ process: { running } }) => running);

  it('over REST is answered, and never with 500', async () => {
    const report = await fuzzRest({ rest, transcript, random: new Random(seed), count: COUNT, storageId });
    expect({ seed, ...report, outcomes: {} }).toEqual({ seed, inputs: COUNT, findings: [], outcomes: {} });
    expect(transcript.complaints).toEqual([]);
    expect(alive()).toBe(true);
  });

  it('over the broker is handled to a known outcome, and never ends with request.internal', async () => {
    const random = new Random(seed);
    const report = await fuzzBroker({ system, random, count: COUNT, organizationId: organization, storageId });
    expect({ seed, ...report, outcomes: {} }).toEqual({ seed, inputs: COUNT, findings: [], outcomes: {} });
    expect(alive()).toBe(true);
  });
});
