import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { InProcessBroker } from '@stowage/messaging';
import { GatewayModule } from '../../apps/gateway/src/app.module.js';
import { createOpenApiDocument } from '../../apps/gateway/src/docs/openapi-document.js';
import { testEnvironment } from '../../apps/gateway/src/testing/test-gateway.js';

/** The OpenAPI document of a gateway of which only the modules are looked at: nothing is connected to. */
export async function openApiJson(): Promise<string> {
  const options = {
    environment: testEnvironment({ DATABASE_URL: 'postgres://nowhere' }),
    broker: new InProcessBroker(),
  };
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.forRoot(options), new FastifyAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  return `${JSON.stringify(createOpenApiDocument(app), null, 2)}\n`;
}
