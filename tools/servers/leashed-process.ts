import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Launch {
  /** For error messages, e.g. `radosgw`. */
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Standard output and error of the server are appended here. */
  logFile: string;
  /** Told every line that goes to the log file. */
  onLine?: (line: string) => void;
  /** What asks this server to end cleanly. Default TERM. */
  stopSignal?: 'TERM' | 'INT';
  /** Time between the polite signal and KILL. Default 10. */
  graceSeconds?: number;
}

/**
 * The server runs in a process group of its own, led by this shell. Descriptor 3 is a pipe that only we hold: when it
 * closes, because we say so or because we died in whatever way (even by KILL), the whole group is ended. When the server
 * ends by itself, what is left of its group goes too. The other way the pipe tells us the server's process id.
 */
const LEASH = `
signal=$1; grace=$2; shift 2
trap : TERM INT
"$@" 3<&- &
server=$!
echo "$server" >&3
( trap '' TERM INT; read -r _ <&3; kill -"$signal" 0; sleep "$grace"; kill -KILL 0 ) &
while kill -0 "$server" 2>/dev/null; do wait "$server"; done
kill -KILL 0
`;

/** A server that ends with us. */
export class LeashedProcess {
  readonly #child: ChildProcess;
  readonly #launch: Launch;
  readonly #pid: Promise<number>;
  readonly exited: Promise<void>;
  running = true;

  constructor(launch: Launch) {
    this.#launch = launch;
    const log = openSync(launch.logFile, 'a');
    const output = launch.onLine ? 'pipe' : log;
    const { stopSignal = 'TERM', graceSeconds = 10 } = launch;
    this.#child = spawn(
      '/bin/sh',
      ['-c', LEASH, 'leash', stopSignal, String(graceSeconds), launch.command, ...launch.args],
      { detached: true, stdio: ['ignore', output, output, 'pipe'], env: launch.env ?? process.env, cwd: launch.cwd },
    );
    if (launch.onLine) this.#forward(log, launch.onLine);
    else closeSync(log);
    this.exited = new Promise((resolve) => {
      const ended = () => {
        this.running = false;
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', ended);
    });
    this.#leash.on('error', () => undefined); // the server went first
    this.#pid = new Promise((resolve) => this.#leash.once('data', (line) => resolve(Number(line.toString()))));
    // A forgotten server must not keep its owner alive: the owner's end closes the pipe.
    this.#child.unref();
    this.#leash.unref();
  }

  #forward(log: number, onLine: (line: string) => void): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => {
        writeSync(log, `${line}\n`);
        onLine(line);
      });
    }
    this.#child.once('close', () => closeSync(log));
  }

  get #leash() {
    return this.#child.stdio[3] as Socket;
  }

  /** @throws ServerStartError when the server ends, or is not ready within `seconds`; it is stopped then. */
  async ready(isReady: () => Promise<boolean> | boolean, seconds: number): Promise<this> {
    const deadline = Date.now() + seconds * 1000;
    while (Date.now() < deadline) {
      if (!this.running) throw this.#startError('ended while it was starting');
      if (await isReady()) return this;
      await sleep(50);
    }
    await this.stop();
    throw this.#startError(`was not ready after ${seconds} s`);
  }

  /** Of the server itself, not of the shell that holds its leash. */
  get pid(): Promise<number> {
    return this.#pid;
  }

  /** Sends a signal to the server itself, e.g. to kill or to freeze it. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const pid = await this.#pid;
    if (this.running) process.kill(pid, signal);
  }

  /** Sends a signal to the server and to its children. */
  async signalFamily(signal: NodeJS.Signals): Promise<void> {
    await this.signal(signal);
    const pid = await this.#pid;
    if (!this.running) return;
    for (const child of childrenOf(pid)) process.kill(child, signal);
  }

  /** Resolves when the server is gone; what is left of its group has been killed by then. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#child.ref();
    this.#leash.end();
    await this.exited;
  }

  get log(): string {
    return readFileSync(this.#launch.logFile, 'utf8');
  }

  #startError(what: string): ServerStartError {
    return new ServerStartError(`${this.#launch.name} ${what}:\n${this.log.split('\n').slice(-15).join('\n')}`);
  }
}

/** Linux only: proc(5). */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}
