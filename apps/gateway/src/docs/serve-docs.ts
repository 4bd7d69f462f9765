import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { asyncApiYaml } from './asyncapi-document.js';
import { createOpenApiDocument } from './openapi-document.js';

/** `/docs`, `/openapi.json` and `/asyncapi.yaml`. The page brings all its files along and asks nobody on the internet. */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, createOpenApiDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Stowage API',
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
  const messages = asyncApiYaml();
  const server = app.getHttpAdapter().getInstance();
  server.get('/asyncapi.yaml', (_request, reply) => reply.type('application/yaml; charset=utf-8').send(messages));
}
