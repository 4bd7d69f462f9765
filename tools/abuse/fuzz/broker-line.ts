import { setTimeout as sleep } from 'node:timers/promises';
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import type { BrokerInput } from './broker-inputs.js';

const CLOSED_WITHIN_MS = 5000;
/** Words of our inside that no answer may hold. */
const INSIDE = /\n\s+at |node_modules|QueryFailed|relation "|constraint|ECONN/;

/** What became of the messages of all senders. */
export class Ledger {
  /** Taken by the broker and put into a queue. */
  delivered = 0;
  /** Codes of the broker for what it refused as it should. */
  readonly refused: Record<string, number> = {};
  /** Codes of the answers; `ok`. */
  readonly answers: Record<string, number> = {};
  readonly findings: string[] = [];
  /** By routing key and message id, as logs name a message. */
  readonly sent = new Map<string, string>();

  find(sentence: string): void {
    if (this.findings.length < 50) this.findings.push(sentence);
  }
}

/** One user's connection. What is asked is answered by direct reply-to, which belongs to the channel that asked. */
export class Line {
  private readonly waiting = new Map<string, string>();

  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
    private readonly ledger: Ledger,
  ) {}

  static async open(url: string, ledger: Ledger): Promise<Line> {
    const connection = await amqp.connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    const line = new Line(connection, channel, ledger);
    channel.on('error', (error: Error) => ledger.find(`the broker closed the channel: ${error.message}`));
    channel.on('return', ({ fields }: { fields: { routingKey: string } }) => {
      ledger.delivered--;
      ledger.find(`${fields.routingKey} came back: no queue takes it`);
    });
    await channel.consume(
      'amq.rabbitmq.reply-to',
      (message) => message && line.take(message.content, String(message.properties.correlationId)),
      { noAck: true },
    );
    return line;
  }

  get unanswered(): string[] {
    return [...this.waiting.values()];
  }

  send({ exchange, key, body, options, mustBeAnswered }: BrokerInput): void {
    const what = `${key} ${JSON.stringify(options.messageId)} ${body.toString('utf8', 0, 300)} ${JSON.stringify(options.headers)}`;
    this.ledger.sent.set(`${key} ${options.messageId ?? ''}`, what);
    if (mustBeAnswered) this.waiting.set(String(options.correlationId), what);
    this.channel.publish(exchange, key, body, options, (error: unknown) => {
      if (!error) this.ledger.delivered++;
      else this.ledger.find(`the broker did not take ${what}`);
    });
  }

  /** On a channel of its own, as the broker closes it. */
  async sendRefused({ exchange, key, body, options }: BrokerInput): Promise<void> {
    const channel = await this.connection.createChannel();
    const closed = new Promise<string>((resolve) => channel.once('error', (error: Error) => resolve(error.message)));
    channel.publish(exchange, key, body, options);
    const reason = await Promise.race([closed, sleep(CLOSED_WITHIN_MS, null, { ref: false })]);
    const code = /\b(\d{3}) \(/.exec(reason ?? '')?.[1];
    if (code) this.ledger.refused[code] = (this.ledger.refused[code] ?? 0) + 1;
    else this.ledger.find(`the broker let through: ${exchange} ${JSON.stringify(options)}`);
  }

  /** Resolves when the broker has taken all and at most `open` questions wait for their answer, or after the time. */
  async settled(open: number, withinMs: number): Promise<void> {
    await this.channel.waitForConfirms().catch(() => undefined);
    const until = Date.now() + withinMs;
    while (this.waiting.size > open && Date.now() < until) await sleep(10);
  }

  close(): Promise<void> {
    return this.connection.close().catch(() => undefined);
  }

  private take(content: Buffer, id: string): void {
    const text = readable(content);
    const code = /"code":"([\w.]+)"/.exec(text)?.[1] ?? (text.includes('"ok":true') ? 'ok' : 'progress');
    if (code === 'progress') return;
    const question = this.waiting.get(id) ?? `a message of ours that called itself ${JSON.stringify(id)}`;
    this.waiting.delete(id);
    this.ledger.answers[code] = (this.ledger.answers[code] ?? 0) + 1;
    if (code === 'request.internal') this.ledger.find(`request.internal to ${question}`);
    if (INSIDE.test(text)) this.ledger.find(`tells of our inside: ${text.slice(0, 300)} to ${question}`);
  }
}

/** Of a signed reply what is inside, else the body. */
function readable(content: Buffer): string {
  const text = content.toString();
  const signed = /"signed":"[\w-]+\.([\w-]+)\./.exec(text);
  return signed ? Buffer.from(signed[1]!, 'base64url').toString() : text;
}
