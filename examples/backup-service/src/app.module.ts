import { Module } from '@nestjs/common';
import { StorageClientModule } from '@stowage/client/nest';
import { BackupsController } from './backups.controller.js';
import { BackupsService, ENVIRONMENT } from './backups.service.js';
import { readEnvironment } from './environment.js';

const environment = readEnvironment();

@Module({
  imports: [StorageClientModule.forRoot(environment.stowage)],
  controllers: [BackupsController],
  providers: [BackupsService, { provide: ENVIRONMENT, useValue: environment }],
})
export class AppModule {}
