import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { callerOf } from './authenticated-request.js';
import { routeAccessOf } from './route-access.js';

/**
 * Withholds the answer of a row route whose handler never asked `caller.requireIn`: forgetting the question must not
 * open another organization's rows.
 */
@Injectable()
export class RowPermissionInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const access = routeAccessOf(context.getHandler());
    if (access?.to !== 'organization' || access.organization !== 'row') return next.handle();
    const caller = callerOf(context.switchToHttp().getRequest());
    return next.handle().pipe(
      tap(() => {
        if (caller?.wasAskedForOrganization()) return;
        throw new Error(`${context.getClass().name}.${context.getHandler().name} answered without caller.requireIn`);
      }),
    );
  }
}
