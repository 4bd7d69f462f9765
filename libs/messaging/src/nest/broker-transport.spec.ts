import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BackupEventName,
  type CommandName,
  EXCHANGES,
  type GatewayMethod,
  QUEUES,
  type RpcMethod,
  StowageError,
  toErrorBody,
} from '@stowage/contracts';
import {
  Catch,
  Controller,
  Inject,
  Injectable,
  type CanActivate,
  type INestMicroservice,
  type NestInterceptor,
  type RpcExceptionFilter,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
} from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { IsUUID } from 'class-validator';
import { map, of, type Observable } from 'rxjs';
import type { IncomingMessage, OutgoingMessage } from '../broker.js';
import { InProcessBroker } from '../in-process-broker.js';
import { eventually } from '../testing/eventually.js';
import { storageTopology } from '../topology.js';
import { BrokerTransport } from './broker-transport.js';
import { DeadLetter } from './dead-letter.js';
import { OnBackupEvent, OnCommand, OnGatewayRequest, OnServiceRequest } from './handlers.js';
import { MessageContext } from './message-context.js';

const ORGANIZATION = '0191a5d0-0000-7000-8000-0000000000aa';
/** Within it a request begins on the busiest machine; a request past its deadline would not. */
const TO_BEGIN_MS = 300;

class OrganizationData {
  @IsUUID('all', { message: 'organization_id must be a UUID' })
  organization_id!: string;
}

type Handle = (data: OrganizationData, context: MessageContext) => unknown;

/** What the handlers of the controllers do in the running test. */
class Script {
  handle: Handle = () => undefined;
}

@Controller()
class WorkController {
  constructor(@Inject(Script) private readonly script: Script) {}

  @OnCommand('storage.test')
  command(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }

  @OnBackupEvent('backup.completed')
  backup(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }

  @OnServiceRequest('storage.default.get')
  question(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }

  @OnGatewayRequest('storage.create')
  create(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }

  @OnGatewayRequest('storage.test')
  probe(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }
}

@Injectable()
class ClosedGuard implements CanActivate {
  canActivate(): boolean {
    throw new StowageError('permission.denied', 'The guard says no');
  }
}

class WrappingInterceptor implements NestInterceptor {
  intercept(_context: unknown, next: { handle(): Observable<unknown> }): Observable<unknown> {
    return next.handle().pipe(map((result) => ({ wrapped: result })));
  }
}

@Catch(RangeError)
class RangeErrorFilter implements RpcExceptionFilter {
  catch(error: RangeError): Observable<unknown> {
    return of({ filtered: error.message });
  }
}

@Controller()
@UseFilters(RangeErrorFilter)
class DecoratedController {
  constructor(@Inject(Script) private readonly script: Script) {}

  @OnGatewayRequest('storage.update')
  @UseGuards(ClosedGuard)
  guarded(): unknown {
    return this.script.handle({ organization_id: '' }, undefined as never);
  }

  @OnGatewayRequest('storage.delete')
  @UseInterceptors(WrappingInterceptor)
  intercepted(@Payload() data: OrganizationData, @Ctx() context: MessageContext): unknown {
    return this.script.handle(data, context);
  }
}

describe('BrokerTransport', () => {
  const ladder = [{ name: 'storage.retry.test', delayMs: 10 }];
  let broker: InProcessBroker;
  let transport: BrokerTransport;
  let app: INestMicroservice;
  let script: Script;
  let told: string[];

  beforeEach(async () => {
    broker = new InProcessBroker({ topology: storageTopology(ladder) });
    told = [];
    transport = new BrokerTransport({
      broker,
      prefetch: { [QUEUES.commands]: 100 },
      turns: { [QUEUES.commands]: { atOnce: 4, perKey: 3 } },
      observer: {
        handled: ({ routingKey }, outcome, seconds) => told.push(`${routingKey} ${outcome} ${seconds >= 0}`),
        expired: ({ routingKey }) => told.push(`${routingKey} expired`),
      },
      // Of every class but Error itself: a test fails in which it is asked about what was thrown on purpose.
      explain: async (error) =>
        (error as Error).constructor === Error ? error : new StowageError('request.unavailable', 'Something is away'),
      answerServiceError: (error, { envelope }) => ({ signed: toErrorBody(error).code, cid: envelope.correlation_id }),
    });
    const module = await Test.createTestingModule({
      controllers: [WorkController, DecoratedController],
      providers: [Script],
    }).compile();
    script = module.get(Script);
    app = module.createNestMicroservice({ strategy: transport, logger: false });
    app.useGlobalPipes(
      new ValidationPipe({
        transform: true,
        whitelist: true,
        forbidNonWhitelisted: true,
        exceptionFactory: () => new StowageError('request.validation', 'organization_id must be a UUID'),
      }),
    );
    await app.listen();
  });

  afterEach(async () => {
    await app.close();
    await broker.close();
  });

  const data = { organization_id: ORGANIZATION };
  const deadLetters = (): readonly IncomingMessage[] => broker.messagesIn(QUEUES.deadLetters);
  const deadLetter = async (): Promise<IncomingMessage | undefined> =>
    (await eventually(deadLetters, (all) => all.length > 0))[0];
  const command = (message: Partial<OutgoingMessage> = {}, name: CommandName = 'storage.test'): Promise<void> =>
    broker.publish({ exchange: EXCHANGES.commands, routing_key: name, data, ...message });
  const backupEvent = (name: BackupEventName): Promise<void> =>
    broker.publish({ exchange: EXCHANGES.backupEvents, routing_key: name, data });
  const ask = async (
    method: GatewayMethod,
    message: Partial<OutgoingMessage> = {},
    options: { deadline?: number; onProgress?: (data: unknown) => void } = {},
  ): Promise<unknown> => {
    const request = { exchange: EXCHANGES.gateway, routing_key: method, data, ...message };
    return (await broker.request(request, { deadline: Date.now() + 2_000, ...options })).json();
  };
  const question = async (message: Partial<OutgoingMessage> = {}, method: RpcMethod = 'storage.default.get') =>
    (
      await broker.request(
        { exchange: EXCHANGES.rpc, routing_key: method, data, correlation_id: 'cor-1', ...message },
        { deadline: Date.now() + 2_000 },
      )
    ).json();

  it('consumes exactly the queues that have handlers', () => {
    expect(broker.status.consuming.toSorted()).toEqual(
      [QUEUES.backupEvents, QUEUES.commands, QUEUES.gateway, QUEUES.probe, QUEUES.rpc].toSorted(),
    );
    expect(transport.consuming).toBe(true);
  });

  describe('its observer', () => {
    it('is told how each message ended', async () => {
      await ask('storage.create');
      script.handle = () => {
        throw new StowageError('request.not_found', 'Gone');
      };
      await ask('storage.create');
      await question();
      await command();
      await deadLetter();
      script.handle = () => {
        throw new DeadLetter('credentials.not_sealed');
      };
      await command();
      await eventually(deadLetters, (all) => all.length === 2);
      expect(told).toEqual([
        'storage.create ok true',
        'storage.create request.not_found true',
        'storage.default.get request.not_found true',
        'storage.test request.not_found true',
        'storage.test credentials.not_sealed true',
      ]);
    });

    it('is told of a request that ended after its deadline', async () => {
      script.handle = (_data, { signal }) => once(signal, 'abort');
      await ask('storage.create', {}, { deadline: Date.now() + TO_BEGIN_MS }).catch(() => undefined);
      await eventually(
        () => told,
        (all) => all.length === 2,
      );
      expect(told).toEqual(['storage.create ok true', 'storage.create expired']);
    });
  });

  describe('a command or event', () => {
    it.each([1e300, 2 ** 53, Infinity, '1900000000000', [1]])(
      'has no deadline where %p is given for one',
      async (deadline) => {
        const seen: unknown[] = [];
        script.handle = (_data, context) => void seen.push(context.deadline);
        await command({ headers: { deadline: deadline as number } });
        await eventually(
          () => seen,
          (deadlines) => deadlines.length > 0,
        );
        expect(seen).toEqual([null]);
      },
    );

    it('reaches the handler of its key with data, envelope and identity', async () => {
      const seen: unknown[] = [];
      script.handle = (data, { envelope, deadline }) => {
        seen.push([data, envelope.routing_key, envelope.message_id, envelope.user_id, deadline]);
      };
      await command({ message_id: 'm-1', user_id: 'backup', headers: { deadline: 1_900_000_000_000 } });
      await eventually(
        () => seen,
        (all) => all.length === 1,
      );
      await backupEvent('backup.completed');
      await eventually(
        () => seen,
        (all) => all.length === 2,
      );
      expect(seen[0]).toEqual([data, 'storage.test', 'm-1', 'backup', 1_900_000_000_000]);
      expect(seen[1]).toEqual([data, 'backup.completed', expect.any(String), expect.any(String), null]);
      expect(seen[0]).toEqual(expect.arrayContaining([expect.any(OrganizationData)]));
    });

    it('is parked with the code of an error that no repetition would mend', async () => {
      script.handle = () => {
        throw new StowageError('storage.not_found', 'There is no such storage');
      };
      await command();
      expect((await deadLetter())?.headers).toMatchObject({ 'error-code': 'storage.not_found', attempt: 1 });
    });

    it('is parked without its secret by a handler that found one', async () => {
      script.handle = () => {
        throw new DeadLetter('credentials.not_sealed', { organization_id: ORGANIZATION });
      };
      await command({ data: { ...data } });
      const dead = await deadLetter();
      expect(dead?.headers).toMatchObject({ 'error-code': 'credentials.not_sealed', 'body-replaced': true });
      expect(dead?.json()).toEqual({ organization_id: ORGANIZATION });
    });

    it('is parked without its body when that cannot be read, as a secret may be in it', async () => {
      await command({ data: ['a secret'] });
      const dead = await deadLetter();
      expect(dead?.headers).toMatchObject({ 'error-code': 'request.validation', 'body-replaced': true });
      expect(dead?.json()).toEqual({ unread_bytes: 12 });
    });

    it.each([
      ['an unexpected error', (): Error => new Error('the database is away'), 'request.internal'],
      ['a retryable one', (): Error => new StowageError('request.unavailable', 'Not now'), 'request.unavailable'],
    ])('is retried after %s, then parked', async (_what, error, reason) => {
      let attempts = 0;
      script.handle = () => {
        attempts++;
        throw error();
      };
      await command();
      expect((await deadLetter())?.headers).toMatchObject({ 'error-code': reason, attempt: 2 });
      expect(attempts).toBe(2);
    });

    it('is parked when its data is not valid, before the handler sees it', async () => {
      let called = false;
      script.handle = () => {
        called = true;
      };
      await command({ data: { organization_id: 'acme' } });
      expect((await deadLetter())?.headers).toMatchObject({ 'error-code': 'request.validation' });
      expect(called).toBe(false);
    });

    it('is parked when no handler takes its key', async () => {
      await command({}, 'storage.usage.refresh');
      expect((await deadLetter())?.headers).toMatchObject({ 'error-code': 'request.not_found' });
    });

    it("is understood in NestJS's own shape", async () => {
      const seen: unknown[] = [];
      script.handle = (data) => void seen.push(data);
      await command({ data: { pattern: 'storage.test', data } });
      expect(
        await eventually(
          () => seen,
          (all) => all.length === 1,
        ),
      ).toEqual([data]);
    });

    it('is acknowledged only when its handler has ended', async () => {
      let finish = (): void => undefined;
      script.handle = () => new Promise<void>((resolve) => (finish = resolve));
      await command();
      await delay(20);
      const closed = transport.close();
      let ended = false;
      void closed.then(() => (ended = true));
      await delay(20);
      expect(ended).toBe(false);
      finish();
      await closed;
      expect(transport.consuming).toBe(false);
    });

    describe('behind fifty of another organization that was quicker', () => {
      const of = (organization: string) =>
        command({ data: { organization_id: organization }, headers: { 'organization-id': organization } });
      const quiet = '0191a5d0-0000-7000-8000-0000000000bb';
      let begun: string[];
      let finish: () => void;

      beforeEach(async () => {
        begun = [];
        const finished = new Promise<void>((resolve) => (finish = resolve));
        script.handle = ({ organization_id }) => {
          begun.push(organization_id);
          return finished;
        };
        await Promise.all(Array.from({ length: 50 }, () => of(ORGANIZATION)));
        await of(quiet);
        await eventually(
          () => begun,
          (all) => all.length === 4,
        );
      });

      it('is handled before them', async () => {
        expect(begun.toSorted()).toEqual([ORGANIZATION, ORGANIZATION, ORGANIZATION, quiet]);
        finish();
        await eventually(
          () => begun,
          (all) => all.length === 51,
        );
      });

      it('is what a drain waits for, while what has not begun goes back', async () => {
        const closed = transport.close();
        await eventually(
          () => broker.messagesIn(QUEUES.commands),
          (back) => back.length === 47,
        );
        finish();
        await closed;
        expect(begun).toHaveLength(4);
      });
    });
  });

  describe('a gateway request', () => {
    it('is answered with what its handler returns', async () => {
      script.handle = ({ organization_id }) => ({ id: organization_id });
      expect(await ask('storage.create')).toEqual({ ok: true, result: { id: ORGANIZATION } });
    });

    it('is answered with null where the handler returns nothing', async () => {
      expect(await ask('storage.create')).toEqual({ ok: true, result: null });
    });

    it('is answered with the last value of an observable', async () => {
      script.handle = () => of(1, 2, 3);
      expect(await ask('storage.create')).toEqual({ ok: true, result: 3 });
    });

    it('is answered with the error that its handler throws, field by field', async () => {
      script.handle = () => {
        throw StowageError.validation([{ field: 'bucket', code: 'required', message: 'bucket is required' }]);
      };
      expect(await ask('storage.create')).toEqual({
        ok: false,
        error: {
          code: 'request.validation',
          detail: 'bucket is required',
          retryable: false,
          errors: [{ field: 'bucket', code: 'required', message: 'bucket is required' }],
        },
      });
    });

    it('is told what an unexpected error means, where that is known', async () => {
      script.handle = () => {
        throw new TypeError('secret');
      };
      await expect(ask('storage.create')).resolves.toMatchObject({ ok: false, error: { code: 'request.unavailable' } });
    });

    it('is told nothing of an unexpected error', async () => {
      script.handle = () => {
        throw new Error('password authentication failed for user "stowage"');
      };
      const reply = await ask('storage.create');
      expect(reply).toMatchObject({ ok: false, error: { code: 'request.internal', retryable: true } });
      expect(JSON.stringify(reply)).not.toContain('password');
    });

    it('hears of progress first', async () => {
      script.handle = async (_data, context) => {
        await context.progress({ name: 'dns' });
        return { status: 'healthy' };
      };
      const progress: unknown[] = [];
      const reply = await ask('storage.test', {}, { onProgress: (data) => progress.push(data) });
      expect(progress).toEqual([{ name: 'dns' }]);
      expect(reply).toEqual({ ok: true, result: { status: 'healthy' } });
    });

    it('is given five seconds where it names no deadline', async () => {
      const deadlines: (number | null)[] = [];
      script.handle = (_data, { deadline }) => void deadlines.push(deadline);
      const before = Date.now();
      await broker.publish({ exchange: EXCHANGES.gateway, routing_key: 'storage.create', data });
      const [deadline] = await eventually(
        () => deadlines,
        (all) => all.length === 1,
      );
      expect(deadline).toBeGreaterThanOrEqual(before + 5_000);
      expect(deadline).toBeLessThanOrEqual(Date.now() + 5_000);
    });

    it('is not run after its deadline', async () => {
      const seen: (number | null)[] = [];
      script.handle = (_data, { deadline }) => void seen.push(deadline);
      const expired = { exchange: EXCHANGES.gateway, routing_key: 'storage.create', data };
      await broker.publish({ ...expired, headers: { deadline: Date.now() - 1 } });
      await ask('storage.create', {}, { deadline: 4_000_000_000_000 });
      expect(seen).toEqual([4_000_000_000_000]);
      expect(deadLetters()).toEqual([]);
    });

    it('is not answered after its deadline, and its handler learns that it has passed', async () => {
      let reason: unknown;
      script.handle = async (_data, { signal }) => {
        await once(signal, 'abort');
        reason = signal.reason;
        return 'too late';
      };
      const late = ask('storage.create', {}, { deadline: Date.now() + TO_BEGIN_MS });
      await expect(late).rejects.toMatchObject({ reason: 'timeout' });
      await eventually(
        () => reason,
        (seen) => seen !== undefined,
      );
      expect((reason as Error).name).toBe('TimeoutError');
    });

    it('passes guards, interceptors and the filters of its controller', async () => {
      expect(await ask('storage.update')).toMatchObject({ ok: false, error: { code: 'permission.denied' } });
      script.handle = () => 'done';
      expect(await ask('storage.delete')).toEqual({ ok: true, result: { wrapped: 'done' } });
      script.handle = () => {
        throw new RangeError('out of range');
      };
      expect(await ask('storage.delete')).toEqual({ ok: true, result: { filtered: 'out of range' } });
    });

    it('is answered although its data is no object', async () => {
      expect(await ask('storage.create', { data: [1] })).toMatchObject({
        ok: false,
        error: { code: 'request.validation' },
      });
    });
  });

  describe('a service request', () => {
    it('is answered with what its handler returns, as it is', async () => {
      script.handle = () => ({ signed: 'jws' });
      expect(await question()).toEqual({ signed: 'jws' });
    });

    it.each([
      ['its data is not valid', { data: { organization_id: 'acme' } }, 'request.validation'],
      ['its data is no object', { data: 'hello' }, 'request.validation'],
    ])('is answered with a signed error where %s', async (_what, message, code) => {
      expect(await question(message)).toEqual({ signed: code, cid: 'cor-1' });
    });

    it('is answered with a signed error where its handler throws', async () => {
      script.handle = () => {
        throw new StowageError('storage.default.none', 'There is no default storage');
      };
      expect(await question()).toEqual({ signed: 'storage.default.none', cid: 'cor-1' });
    });

    it("is answered in NestJS's own shape where it came in it, errors included", async () => {
      script.handle = () => ({ signed: 'jws' });
      const request = { pattern: 'storage.default.get', data, id: '7' };
      expect(await question({ data: request })).toEqual({ response: { signed: 'jws' }, isDisposed: true, id: '7' });
      const wrong = { ...request, data: { organization_id: 'acme' } };
      expect(await question({ data: wrong })).toMatchObject({ response: { signed: 'request.validation' }, id: '7' });
    });

    it("is refused where NestJS's pattern says other than the routing key", async () => {
      const request = { pattern: 'storage.config.get', data, id: '7' };
      expect(await question({ data: request })).toMatchObject({ signed: 'request.validation' });
    });
  });
});
