import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * NestJS answers an error that no filter takes with the text "Internal server error". The transport must see the error
 * itself to decide between reply, retry and dead letter.
 */
@Catch()
class RawErrorsFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

export const rawErrors = new RawErrorsFilter();
