import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { GatewaySettingsUpdate, type StorageSettings, UpdateStorageSettings } from '@stowage/contracts';
import { MessageContext, OnGatewayRequest } from '@stowage/messaging/nest';
import { readRequested } from '../storage-configs/requested-config.js';
import { StorageSettingsService } from '../storage-settings/storage-settings.service.js';
import { MESSAGE } from '../validation/message-pipe.js';
import { RequestOutcomes } from '../writes/request-outcomes.js';
import { writeContextOf } from './gateway-context.js';

@Controller()
export class SettingsUpdate {
  constructor(
    private readonly outcomes: RequestOutcomes,
    private readonly settings: StorageSettingsService,
  ) {}

  @OnGatewayRequest('settings.update')
  handle(@Payload(MESSAGE) request: GatewaySettingsUpdate, @Ctx() context: MessageContext): Promise<StorageSettings> {
    return this.outcomes.once(request, () =>
      this.settings.update(
        readRequested(UpdateStorageSettings, request.config, null),
        writeContextOf(request, context),
      ),
    );
  }
}
