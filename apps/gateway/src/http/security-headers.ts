import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Answers are data, and the console brings its own files: nothing from elsewhere, nothing inline. */
const OWN_FILES_ONLY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** The OpenAPI page (Swagger UI) writes style attributes. */
const WITH_INLINE_STYLES = {
  useDefaults: false,
  directives: { ...OWN_FILES_ONLY.directives, styleSrc: ["'self'", "'unsafe-inline'"] },
};

declare module 'fastify' {
  interface RouteOptions {
    helmet?: Omit<FastifyHelmetOptions, 'global'> | false;
  }
}

export async function sendSecurityHeaders(server: FastifyInstance): Promise<void> {
  server.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.helmet = { contentSecurityPolicy: WITH_INLINE_STYLES };
  });
  await server.register(helmet, { contentSecurityPolicy: OWN_FILES_ONLY });
}
