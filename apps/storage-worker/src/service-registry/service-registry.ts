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

export class ServiceRegistry {
  private readonly byUser: ReadonlyMap<string, RegisteredService>;

  constructor(services: RegisteredService[]) {
    this.byUser = new Map(services.map((service) => [service.amqpUser, service]));
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
