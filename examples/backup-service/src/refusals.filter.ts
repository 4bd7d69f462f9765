import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { StorageRefused } from '@stowage/client';
import { StorageFailure } from '@stowage/providers/open';
import type { FastifyReply } from 'fastify';

/** What Stowage or a storage refused, as an answer that says why. Whoever asked acts on `code`. */
@Catch(StorageRefused, StorageFailure)
export class RefusalsFilter implements ExceptionFilter {
  catch(refusal: StorageRefused | StorageFailure, host: ArgumentsHost): void {
    const status = refusal instanceof StorageRefused ? HttpStatus.CONFLICT : HttpStatus.BAD_GATEWAY;
    const { code, message } = refusal;
    void host.switchToHttp().getResponse<FastifyReply>().code(status).send({ code, message });
  }
}
