import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { createOpenApiDocument } from './openapi-document.js';

/** `/docs` and `/openapi.json`. The page brings all its files along and asks nobody on the internet. */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, createOpenApiDocument(app), {
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: 'Stowage API',
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
}
