import { Injectable } from '@nestjs/common';
import { type RpcMethod, StowageError } from '@stowage/contracts';
import type { MessageContext } from '@stowage/messaging/nest';
import { type RegisteredService, ServiceRegistry } from '../service-registry/service-registry.js';
import { checkHeaders } from './check-headers.js';

interface Question {
  organization_id: string;
  recipient: string;
}

/** Who asks for a storage, and whether they may. */
@Injectable()
export class ServiceCaller {
  constructor(private readonly services: ServiceRegistry) {}

  /** @throws StowageError `request.user_id`, `request.recipient`, `permission.denied`, or what is wrong with the headers */
  authorize(method: RpcMethod, question: Question, context: MessageContext): RegisteredService {
    const caller = this.services.identify(context.envelope.user_id, question.recipient);
    if (caller === null) {
      throw new StowageError('request.user_id', 'The user_id of the message is not that of a registered service.');
    }
    checkHeaders(context, question);
    if (question.recipient !== caller.name) {
      throw new StowageError('request.recipient', `The recipient must be the caller, ${caller.name}.`);
    }
    if (!caller.may.has(method)) {
      throw new StowageError('permission.denied', `${caller.name} may not ask ${method}.`);
    }
    return caller;
  }
}
