import type { Credentials } from '@stowage/contracts';
import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt } from 'ssh2';
import type { DiagnosisCode } from '../diagnosis/catalogue.js';
import { evidenceOf } from '../diagnosis/evidence.js';
import { StorageFailure } from '../failure.js';

/** Those of RFC 4252 and RFC 4256 that we have an answer for, in the order tried. */
const METHODS = ['publickey', 'password', 'keyboard-interactive'] as const;
type Method = (typeof METHODS)[number];

/**
 * Logs in as OpenSSH's own client does: asks first which methods the server takes (`none`), so that a password never goes
 * to a server that would not take it, then gives each of ours that is on the list, once.
 */
export class Authentication {
  readonly #credentials: Credentials;
  readonly #key: ParsedKey | undefined;
  readonly #tried: Method[] = [];
  /** Methods that the server took, but that were not enough for it. */
  readonly #taken: Method[] = [];
  #offered: readonly string[] = [];
  #passwordGiven = false;
  #needsPerson = false;
  #refused = false;

  constructor(credentials: Credentials, key: ParsedKey | undefined) {
    this.#credentials = credentials;
    this.#key = key;
  }

  readonly handler: AuthHandlerMiddleware = (offered, partialSuccess, next) => {
    // ssh2 says null, against its types, before the server was asked.
    if ((offered as string[] | null) === null) return next({ type: 'none', username: this.#credentials.access_key });
    const last = this.#tried.at(-1);
    if (partialSuccess && last !== undefined) this.#taken.push(last);
    this.#offered = offered;
    const method = METHODS.find((candidate) => this.#mayTry(candidate));
    if (method !== undefined) {
      this.#tried.push(method);
      return next(this.#attempt(method));
    }
    this.#refused = true;
    // False ends the login; the types know only the methods.
    next(false as unknown as 'none');
  };

  /** Why the login failed; undefined while it has not. */
  failure(): StorageFailure | undefined {
    if (!this.#refused) return undefined;
    const known = METHODS.filter((method) => this.#offered.includes(method)).join(', ');
    return new StorageFailure(this.#cause(), {
      step: 'authenticate',
      values: known === '' ? {} : { offered_words: ` (the server takes: ${known})` },
      evidence: evidenceOf(`SSH_MSG_USERAUTH_FAILURE (${this.#offered.join(',')})`, this.#credentials),
    });
  }

  #mayTry(method: Method): boolean {
    if (this.#tried.includes(method) || !this.#takes(method)) return false;
    if (method === 'publickey') return this.#key !== undefined;
    // The same wrong password a second time would only bring the ban nearer.
    return (
      this.#credentials.secret_key !== undefined &&
      !(method === 'keyboard-interactive' && this.#tried.includes('password'))
    );
  }

  /** A server that lists nothing may take anything. */
  #takes(method: Method): boolean {
    return this.#offered.length === 0 || this.#offered.includes(method);
  }

  #attempt(method: Method): AnyAuthMethod {
    const username = this.#credentials.access_key;
    if (method === 'password') return { type: method, username, password: this.#credentials.secret_key ?? '' };
    // A parsed key is taken as it is; the types know only its text.
    if (method === 'publickey') return { type: method, username, key: this.#key as unknown as Buffer };
    return { type: method, username, prompt: (_n, _i, _l, prompts, answer) => answer(this.#answers(prompts)) };
  }

  /** One hidden question is the one for the password; any other is for a person. */
  #answers(prompts: Prompt[]): string[] {
    const isPassword = prompts.length === 1 && prompts[0]?.echo !== true && !this.#passwordGiven;
    this.#passwordGiven = true;
    if (isPassword) return [this.#credentials.secret_key ?? ''];
    this.#needsPerson = true;
    return prompts.map(() => '');
  }

  #cause(): DiagnosisCode {
    const tried = new Set(this.#tried);
    const hasKey = this.#key !== undefined;
    const hasPassword = this.#credentials.secret_key !== undefined;
    if (this.#needsPerson) return 'ssh.interactive_required';
    if (this.#taken.length > 0) return this.#causeOfSecondStep(hasKey, hasPassword);
    if (tried.has('publickey')) return tried.size > 1 ? 'ssh.authentication_failed' : 'ssh.key_rejected';
    if (tried.size > 0) return 'ssh.authentication_failed';
    return hasPassword ? 'ssh.password_not_allowed' : 'ssh.key_not_allowed';
  }

  #causeOfSecondStep(hasKey: boolean, hasPassword: boolean): DiagnosisCode {
    if (!hasKey && this.#takes('publickey')) return 'ssh.key_and_password_required';
    if (!hasPassword && (this.#takes('password') || this.#takes('keyboard-interactive'))) {
      return 'ssh.key_and_password_required';
    }
    const last = this.#tried.at(-1);
    if (last === undefined || this.#taken.includes(last)) return 'ssh.interactive_required';
    return last === 'publickey' ? 'ssh.key_rejected' : 'ssh.authentication_failed';
  }
}
