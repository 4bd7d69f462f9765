import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { Page } from './read-page.js';

/** Answers a page as a plain array; where the next one is stands in the `Link` header (RFC 8288). */
@Injectable()
export class LinkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (!(answer instanceof Page)) return answer;
        if (answer.next !== null) {
          const target = nextUrl(http.getRequest<FastifyRequest>().url, answer.next);
          void http.getResponse<FastifyReply>().header('link', `<${target}>; rel="next"`);
        }
        return answer.items;
      }),
    );
  }
}

function nextUrl(url: string, cursor: string): string {
  // The base is only there because URL wants one; the link stays relative to the host that was asked.
  const { pathname, searchParams } = new URL(url, 'http://gateway');
  searchParams.set('cursor', cursor);
  return `${pathname}?${searchParams.toString()}`;
}
