import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { MessageContext } from '@stowage/messaging/nest';
import { type Observable, tap } from 'rxjs';
import { Metrics } from './metrics.js';

/** Times every message by its routing key, of which there are few; ids would make a series each. */
@Injectable()
export class MessageTimingInterceptor implements NestInterceptor {
  constructor(private readonly metrics: Metrics) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const message: unknown = context.switchToRpc().getContext();
    if (!(message instanceof MessageContext)) return next.handle();
    const end = this.metrics.startMessage(message.envelope.routing_key);
    return next.handle().pipe(tap({ error: end, complete: () => end() }));
  }
}
