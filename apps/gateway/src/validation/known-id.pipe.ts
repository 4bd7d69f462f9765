import { Injectable, type PipeTransform } from '@nestjs/common';
import { notFound } from '@stowage/permissions';
import { isUUID } from 'class-validator';

/** An id in a path. One that cannot exist is answered like one that does not. */
@Injectable()
export class KnownIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!isUUID(id, 'all')) throw notFound();
    return id.toLowerCase();
  }
}
