import { Injectable } from '@nestjs/common';
import {
  type Credentials,
  type SignedReply,
  type StorageLocation,
  type StorageReply,
  toErrorBody,
} from '@stowage/contracts';
import { seal, type Secret } from '@stowage/encryption';
import type { StorageConfigEntity } from '@stowage/entities';
import type { MessageContext } from '@stowage/messaging/nest';
import { Keys } from '../keys/keys.js';
import { type RegisteredService, ServiceRegistry } from '../service-registry/service-registry.js';
import { SealedCredentials } from './sealed-credentials.js';
import { type Asked, readAsked } from './service-question.js';

const LIFETIME_S = 60;

/** Answers to services: signed, errors too, and of use to nobody but the service and the question they are meant for. */
@Injectable()
export class ServiceReplies {
  constructor(
    private readonly keys: Keys,
    private readonly services: ServiceRegistry,
    private readonly sealed: SealedCredentials,
  ) {}

  async release(
    context: MessageContext,
    recipient: RegisteredService,
    config: Pick<StorageConfigEntity, 'id' | 'version'>,
    storage: StorageLocation,
    openCredentials: () => Promise<Secret<Credentials>>,
  ): Promise<SignedReply> {
    const credentials = await this.sealed.get(recipient, config, async () =>
      seal((await openCredentials()).reveal(), recipient.sealingKey),
    );
    return this.sign({
      ...claims(readAsked(context), recipient.name),
      ok: true,
      version: config.version,
      storage,
      credentials,
      credential_kind: 'static',
      expires_at: null,
      error: null,
    });
  }

  /** Also for a question that could not be read, or whose asker is unknown. */
  refuse(error: unknown, context: MessageContext): SignedReply {
    const asked = readAsked(context);
    return this.sign({
      ...claims(asked, this.services.identify(asked.userId, asked.recipient)?.name ?? null),
      ok: false,
      version: null,
      storage: null,
      credentials: null,
      credential_kind: null,
      expires_at: null,
      error: toErrorBody(error),
    });
  }

  private sign(reply: StorageReply): SignedReply {
    return { signed: this.keys.sign(reply) };
  }
}

type Claims = Pick<StorageReply, 'iss' | 'aud' | 'cid' | 'nonce' | 'iat' | 'exp' | 'organization_id'>;

function claims({ correlationId, nonce, organizationId }: Asked, aud: string | null): Claims {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: 'storage-worker',
    aud,
    cid: correlationId,
    nonce,
    iat,
    exp: iat + LIFETIME_S,
    organization_id: organizationId,
  };
}
