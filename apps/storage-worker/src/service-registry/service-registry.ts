import type { ServiceRight } from '@stowage/contracts';
import type { JWK } from '@stowage/encryption';

/** A platform service that may talk to the worker over the broker. */
export interface RegisteredService {
  name: string;
  /** Its broker user, as the broker itself checks it. */
  amqpUser: string;
  /** Credentials for it are sealed to this key, whatever a message says. */
  sealingKey: JWK;
  /** Where replies may go beside `amq.rabbitmq.reply-to.*`; null = nowhere. */
  replyQueue: string | null;
  may: ReadonlySet<ServiceRight>;
}

export interface ServiceRegistryOptions {
  /** Development only: a caller whose broker user is not registered is whom it claims to be. */
  believeClaims?: boolean;
}

export class ServiceRegistry {
  private readonly byUser: ReadonlyMap<string, RegisteredService>;
  private readonly byName: ReadonlyMap<string, RegisteredService>;

  constructor(
    services: RegisteredService[],
    private readonly options: ServiceRegistryOptions = {},
  ) {
    this.byUser = new Map(services.map((service) => [service.amqpUser, service]));
    this.byName = new Map(services.map((service) => [service.name, service]));
  }

  /**
   * Who sent a message.
   * @param claimed the name that the message itself gives; on a development broker there may be nothing better
   */
  identify(userId: string | null, claimed: string | null): RegisteredService | null {
    const service = this.ofUser(userId);
    if (service !== null || !this.options.believeClaims || claimed === null) return service;
    return this.byName.get(claimed) ?? null;
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** The service behind a message's `user_id`; null for an unknown or missing one. */
  ofUser(userId: string | null): RegisteredService | null {
    return userId === null ? null : (this.byUser.get(userId) ?? null);
  }

  /** Beside direct reply-to, a reply goes only to the queue that the registry names for its caller. */
  mayReplyTo(replyTo: string, userId: string | null): boolean {
    return replyTo.startsWith('amq.rabbitmq.reply-to.') || this.ofUser(userId)?.replyQueue === replyTo;
  }
}
