import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key service over HTTP in the manner of Vault's transit engine, which knows keys by name and gives none of them away. */
export class TransitFake {
  private readonly keys = new Map<string, Buffer>();
  private server: Server | undefined;
  /** As an operator would write it into the configuration of the workers. */
  names: string[] = [];
  active = '';

  async start(): Promise<string> {
    this.active = this.createKey();
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [, operation = '', name = ''] = request.url!.split('/');
        const { status, body } = this.answer(operation, name, JSON.parse(Buffer.concat(chunks).toString() || '{}'));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  createKey(): string {
    const name = `transit-${this.keys.size + 1}`;
    this.keys.set(name, randomBytes(32));
    this.names = [name, ...this.names];
    return name;
  }

  private answer(operation: string, name: string, body: Record<string, string>): { status: number; body: object } {
    if (operation === 'health') return { status: 200, body: {} };
    const key = this.keys.get(name);
    if (!key) return { status: 404, body: {} };
    const context = Buffer.from(body['associated_data'] ?? '', 'base64');
    const input = Buffer.from(body['input'] ?? '', 'base64');
    if (operation === 'hmac') return output(createHmac('sha256', key).update(context).update(input).digest());
    if (operation === 'encrypt') {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
      return output(Buffer.concat([nonce, cipher.update(input), cipher.final(), cipher.getAuthTag()]));
    }
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, input.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(context).setAuthTag(input.subarray(-16));
      return output(Buffer.concat([decipher.update(input.subarray(12, -16)), decipher.final()]));
    } catch {
      return { status: 400, body: {} };
    }
  }
}

const output = (bytes: Buffer) => ({ status: 200, body: { output: bytes.toString('base64') } });
