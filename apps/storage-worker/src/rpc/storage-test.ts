import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type Check, GatewayTest, type TestResult } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { ConnectionTest } from '../storage-configs/connection-test.js';
import { MESSAGE } from '../validation/message-pipe.js';

@Controller()
export class StorageTest {
  constructor(private readonly test: ConnectionTest) {}

  @OnGatewayRequest('storage.test')
  async handle(@Payload(MESSAGE) request: GatewayTest, @Ctx() context: MessageContext): Promise<TestResult> {
    const told: Promise<void>[] = [];
    const onCheck = (check: Check): void => void told.push(context.progress(check));
    const options = { signal: context.signal, onCheck };
    const { organization_id: organizationId, storage_config_id: id, config, credentials, depth } = request;
    const result = await (id === null
      ? this.test.ofInput({ organizationId, config, credentials, depth }, options)
      : this.test.ofSaved({ organizationId, storageConfigId: id, depth }, options));
    await Promise.all(told);
    return result;
  }
}
