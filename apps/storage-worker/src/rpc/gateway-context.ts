import { type GatewayRequest, traceContextOf } from '@stowage/contracts';
import type { MessageContext } from '@stowage/messaging/nest';
import type { WriteContext } from '../writes/write-context.js';

/** On whose behalf the gateway asks, and until when. */
export function writeContextOf({ actor, request_id }: GatewayRequest, context: MessageContext): WriteContext {
  return {
    actor: `${actor.kind}:${actor.id}`,
    ip: actor.ip,
    requestId: request_id,
    deadline: context.deadline,
    signal: context.signal,
    correlationId: request_id,
    trace: traceContextOf(context.envelope.headers),
  };
}
