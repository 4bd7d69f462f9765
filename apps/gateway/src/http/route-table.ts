import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

interface Route {
  method: string;
  matches: RegExp;
}

/** Which methods a path has: a router only knows that it has not the one asked for (RFC 9110 section 15.5.6: 405 names them). */
@Injectable()
export class RouteTable {
  private readonly routes: Route[] = [];

  /** Must be called before the routes are added. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) this.routes.push({ method: each, matches: patternOf(url) });
    });
  }

  methodsOf(path: string): string[] {
    const methods = this.routes.filter(({ matches }) => matches.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}

function patternOf(template: string): RegExp {
  const segments = template.split('/').map((segment) => {
    if (segment.startsWith(':')) return '[^/]+';
    if (segment === '*') return '.*';
    return segment.replaceAll(/[^\w-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
