import type { Canaries } from '../canary/canaries.js';
import type { Answer } from './rest-client.js';

/** What an answer would hold that was written for us and not for a client. */
const OURS: [string, RegExp][] = [
  ['a stack trace', /\n\s+at .+:\d+:\d+|node_modules|\bdist\/|file:\/\/\/\S+\.m?js/],
  [
    'SQL',
    /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM) .+\b(FROM|SET|VALUES|WHERE)\b|QueryFailedError|relation "|violates .+ constraint/,
  ],
  [
    'a name of ours',
    /storage-worker\.(rpc|gateway|commands|probe)|amqp:\/\/|postgres:\/\/|ECONNREFUSED|amqplib|typeorm|fastify/i,
  ],
];
/** The documents describe such things, and are for everybody. */
const DOCUMENTS = /\/(docs|openapi\.json|asyncapi\.yaml|metrics|assets|$)/;
const MOST = 50;

/** Looks at every answer of the run. */
export class Transcript {
  answers = 0;
  readonly complaints: string[] = [];
  readonly statuses = new Map<number, number>();

  constructor(private readonly secrets: readonly Canaries[]) {}

  look(question: string, { status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>): void {
    this.answers++;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const everything = `${text}\n${JSON.stringify([...headers])}`;
    for (const hit of this.secrets.flatMap((canaries) => canaries.in(everything)))
      this.complain(`${question} answers a secret: ${hit}`);
    if (status >= 500 && status !== 503) this.complain(`${question} answers ${status}: ${text.slice(0, 200)}`);
    if (DOCUMENTS.test(new URL(question.split(' ')[1]!, 'http://x').pathname)) return;
    for (const [what, pattern] of OURS) {
      if (pattern.test(text)) this.complain(`${question} answers ${what}: ${pattern.exec(text)![0].slice(0, 80)}`);
    }
    // Node's own server answers some requests before it has read them.
    if (status === 431 || (status === 400 && text === '')) return;
    if (headers.get('cache-control') !== 'no-store') this.complain(`${question} may be stored (${status})`);
  }

  private complain(sentence: string): void {
    if (this.complaints.length < MOST) this.complaints.push(sentence);
  }
}
