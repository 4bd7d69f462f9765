import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { readMessage } from './read-message.js';

/**
 * Holds the data of a request to its class, whoever sent it. As NestJS's ValidationPipe, without its promises: a question is
 * answered from memory in less time than they take.
 */
export const MESSAGE: PipeTransform<unknown, object> = {
  transform: (data, { metatype }: ArgumentMetadata) => readMessage(metatype as new () => object, data),
};
