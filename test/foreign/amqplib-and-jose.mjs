// A backup service as somebody else would write it from the message contract alone: amqplib and jose, nothing of ours.
// Reads {amqp_url, service, private_keys, worker_keys, organization_id} as JSON from standard input, prints the opened
// answer {storage, credentials} or {error} as JSON.
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import amqp from 'amqplib';
import { compactDecrypt, compactVerify, importJWK } from 'jose';

const { amqp_url, service, private_keys, worker_keys, organization_id } = JSON.parse(await text(process.stdin));

const connection = await amqp.connect(amqp_url, { noDelay: true });
const channel = await connection.createChannel();
const correlationId = randomUUID();
const nonce = randomUUID();

const reply = await new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no reply within 10 s')), 10_000).unref();
  channel.on('return', () => reject(new Error('returned: no worker')));
  channel
    .consume(
      'amq.rabbitmq.reply-to',
      (message) => message?.properties.correlationId === correlationId && resolve(message),
      {
        noAck: true,
      },
    )
    .then(() =>
      channel.publish(
        'storage.rpc',
        'storage.default.get',
        Buffer.from(JSON.stringify({ organization_id, recipient: service, purpose: 'write', nonce })),
        {
          mandatory: true,
          contentType: 'application/json',
          type: 'storage.default.get',
          correlationId,
          replyTo: 'amq.rabbitmq.reply-to',
          userId: new URL(amqp_url).username,
          headers: {
            schema: 'storage.default.get/1',
            'organization-id': organization_id,
            deadline: { '!': 'int64', value: Date.now() + 10_000 },
          },
        },
      ),
    )
    .catch(reject);
});

const { signed } = JSON.parse(reply.content.toString('utf8'));
const { payload, protectedHeader } = await compactVerify(
  signed,
  (header) =>
    importJWK(
      worker_keys.find((key) => key.kid === header.kid && key.use === 'sig'),
      'EdDSA',
    ),
  { algorithms: ['EdDSA'] },
);
if (protectedHeader.typ !== 'storage-reply+jws') throw new Error('not a storage reply');
const answer = JSON.parse(new TextDecoder().decode(payload));
const now = Math.floor(Date.now() / 1000);
if (answer.iss !== 'storage-worker' || answer.aud !== service) throw new Error('not for us');
if (answer.cid !== correlationId || answer.nonce !== nonce) throw new Error('not the answer to this question');
if (answer.exp < now - 5 || answer.iat > now + 5) throw new Error('not of this time');

if (answer.ok) {
  const { plaintext } = await compactDecrypt(
    answer.credentials,
    (header) =>
      importJWK(
        private_keys.find((key) => key.kid === header.kid),
        'ECDH-ES',
      ),
    { keyManagementAlgorithms: ['ECDH-ES'], contentEncryptionAlgorithms: ['A256GCM'] },
  );
  const credentials = JSON.parse(new TextDecoder().decode(plaintext));
  process.stdout.write(JSON.stringify({ keys: Object.keys(answer).sort(), storage: answer.storage, credentials }));
} else {
  process.stdout.write(JSON.stringify({ keys: Object.keys(answer).sort(), error: answer.error }));
}
await connection.close();
