import { Inject, Injectable } from '@nestjs/common';
import type { SealedPrivateKey } from '@stowage/contracts';
import { newestKey, seal } from '@stowage/encryption';
import { authorizedKeysLine, generateSshKeyPair, policyFor, type StoragePolicy } from '@stowage/providers';
import { ENVIRONMENT } from '../environment.module.js';
import type { GatewayEnvironment } from '../environment.js';
import type { PolicyRequest } from './policy-request.dto.js';
import type { SshKey } from './ssh-key.dto.js';

/** What helps to set up a storage at its provider. Nothing is stored, nobody is asked. */
@Injectable()
export class StorageToolsService {
  constructor(@Inject(ENVIRONMENT) private readonly environment: GatewayEnvironment) {}

  /** @throws StowageError `request.validation`, `endpoint.not_vendor` */
  policyFor({ provider, ...fields }: PolicyRequest): StoragePolicy {
    return policyFor(provider, fields, { egressIps: this.environment.EGRESS_PUBLIC_IPS });
  }

  /** The private key exists here only until it is sealed; the seal is good for this organization alone. */
  async makeSshKey(organizationId: string): Promise<SshKey> {
    const { publicKey, privateKey } = generateSshKeyPair(`stowage-${new Date().toISOString().slice(0, 10)}`);
    const sealed: SealedPrivateKey = { organization_id: organizationId, private_key: privateKey };
    return {
      public_key: publicKey,
      authorized_keys: authorizedKeysLine(publicKey),
      private_key_sealed: await seal(sealed, newestKey(this.environment.WORKER_PUBLIC_KEYS_FILE, 'enc')),
    };
  }
}
