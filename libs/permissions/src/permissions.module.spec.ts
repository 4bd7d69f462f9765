import { request as httpRequest } from 'node:http';
import { type ArgumentsHost, Catch, Controller, Delete, type ExceptionFilter, Get, Param, Sse } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { type OrganizationPermission, type PlatformPermission, StowageError, toErrorBody } from '@stowage/contracts';
import { of } from 'rxjs';
import { Caller } from './caller.js';
import { signDevelopmentToken } from './development-token.js';
import { PermissionsModule } from './permissions.module.js';
import { notFound } from './refusals.js';
import { Authenticated, CurrentCaller, Public, RequirePermission, RequirePlatformPermission } from './route-access.js';

const SECRET = 'a secret of development, 32 bytes or more';
const OWN = '0191a5d0-0000-7000-8000-0000000000aa';
const FOREIGN = '0191a5d0-0000-7000-8000-0000000000bb';
const ROWS: Record<string, string | null> = { own: OWN, foreign: FOREIGN, platform: null };

@Controller()
class RoutesController {
  @Get('public')
  @Public()
  everyone(@CurrentCaller() caller: Caller | undefined) {
    return { caller: caller?.id ?? null };
  }

  @Get('authenticated')
  @Authenticated()
  authenticated(@CurrentCaller() caller: Caller) {
    return { caller: caller.id };
  }

  @Get('platform')
  @RequirePlatformPermission('platform.storage.update')
  platform() {
    return {};
  }

  @Get('by-query')
  @RequirePermission('org.storage.list')
  byQuery() {
    return {};
  }

  @Get('organization/:organization_id')
  @RequirePermission('org.storage.list', { organization: 'path' })
  byPath() {
    return {};
  }

  @Get('rows/:id')
  @RequirePermission('org.storage.list', { organization: 'row' })
  byRow(@Param('id') id: string, @CurrentCaller() caller: Caller) {
    const owner = ROWS[id];
    if (owner === undefined) throw notFound();
    caller.requireIn(owner, 'org.storage.list');
    return { id };
  }

  @Get('forgetful/:id')
  @RequirePermission('org.storage.list', { organization: 'row' })
  forgetful(@Param('id') id: string) {
    return { id, owner: ROWS[id] };
  }

  @Delete('forgetful/:id')
  @RequirePermission('org.storage.delete', { organization: 'row' })
  forgetfulWithoutBody() {}

  @Sse('forgetful/:id/events')
  @RequirePermission('org.storage.list', { organization: 'row' })
  forgetfulStream() {
    return of({ data: FOREIGN });
  }
}

@Catch()
class CodeFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof StowageError ? error.status : 500;
    void host.switchToHttp().getResponse<FastifyReply>().status(status).send(toErrorBody(error));
  }
}
interface FastifyReply {
  status(code: number): { send(body: unknown): unknown };
}

describe('PermissionsModule', () => {
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    app = await start(RoutesController);
    url = await app.getUrl();
  });

  afterAll(() => app.close());

  it('lets everyone into a public route', async () => {
    expect(await get('/public')).toEqual({ status: 200, body: { caller: null } });
  });

  it('tells an authenticated route who asks', async () => {
    expect(await get('/authenticated', await token([]))).toEqual({ status: 200, body: { caller: 'user-1' } });
  });

  describe.each([
    '/authenticated',
    '/platform',
    `/by-query?organization_id=${OWN}`,
    `/organization/${OWN}`,
    '/rows/own',
  ])('GET %s without a valid token', (path) => {
    it.each([
      ['no header', undefined],
      ['an empty header', ''],
      ['a bare token', 'e30.e30.e30'],
      ['another scheme', 'Basic dXNlcjpwYXNz'],
      ['a forged token', 'Bearer e30.e30.e30'],
      ['two tokens in one header', 'Bearer e30.e30.e30, Bearer e30.e30.e30'],
    ])('answers %s with one and the same body', async (_what, authorization) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const response = await fetch(url + path, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        code: 'request.unauthenticated',
        detail: 'A valid bearer token is required.',
        retryable: false,
      });
    });
  });

  it('refuses two Authorization headers, although each is good', async () => {
    const bearer = `Bearer ${await token([])}`;
    const status = await new Promise((resolve, reject) => {
      httpRequest(`${url}/authenticated`, { headers: { authorization: [bearer, bearer] as unknown as string } })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
  });

  it('does not mind the case of the scheme', async () => {
    const response = await fetch(`${url}/authenticated`, { headers: { authorization: `bearer ${await token([])}` } });
    expect(response.status).toBe(200);
  });

  const NOT_FOUND = { code: 'request.not_found', detail: 'Not found.', retryable: false };
  const DENIED = {
    code: 'permission.denied',
    detail: 'This needs the permission org.storage.list.',
    retryable: false,
  };

  describe.each([
    ['query', (organization: string) => `/by-query?organization_id=${organization}`],
    ['path', (organization: string) => `/organization/${organization}`],
    ['row', (organization: string) => `/rows/${organization === OWN ? 'own' : 'foreign'}`],
  ])('an organization named by the %s', (_source, pathTo) => {
    it('is open to a member with the permission', async () => {
      expect(await get(pathTo(OWN), await token(['org.storage.list']))).toMatchObject({ status: 200 });
    });

    it('is open to a member with every storage permission', async () => {
      const all = await token(['org.storage.*' as OrganizationPermission]);
      expect(await get(pathTo(OWN), all)).toMatchObject({ status: 200 });
    });

    it.each<[string, OrganizationPermission[]]>([
      ['without any permission', []],
      ['with another permission', ['org.storage.create', 'org.storage.update', 'org.storage.delete']],
      ['with a permission that looks alike', ['org.storage.lis', 'org.*', '*'] as unknown as OrganizationPermission[]],
    ])('is denied to a member %s', async (_what, permissions) => {
      expect(await get(pathTo(OWN), await token(permissions))).toEqual({ status: 403, body: DENIED });
    });

    it('does not exist for others, not even for the platform’s administrators', async () => {
      const administrator = await token(['org.storage.list'], ['platform.storage.update']);
      expect(await get(pathTo(FOREIGN), administrator)).toEqual({ status: 404, body: NOT_FOUND });
    });
  });

  it('answers a foreign row, a platform row and an unknown row alike', async () => {
    const bearer = await token(['org.storage.list'], ['platform.storage.update']);
    for (const id of ['foreign', 'platform', 'unknown']) {
      expect(await get(`/rows/${id}`, bearer)).toEqual({ status: 404, body: NOT_FOUND });
    }
  });

  it('does not mind the case of an organization id', async () => {
    expect(
      await get(`/by-query?organization_id=${OWN.toUpperCase()}`, await token(['org.storage.list'])),
    ).toMatchObject({
      status: 200,
    });
  });

  it.each(['/by-query', '/by-query?organization_id=', '/by-query?organization_id=acme', '/organization/acme'])(
    'answers %s as invalid: the organization is no UUID',
    async (path) => {
      expect(await get(path, await token(['org.storage.list']))).toMatchObject({
        status: 422,
        body: { code: 'request.validation', errors: [{ field: 'organization_id' }] },
      });
    },
  );

  it('refuses an organization that is named twice', async () => {
    const path = `/by-query?organization_id=${OWN}&organization_id=${FOREIGN}`;
    expect(await get(path, await token(['org.storage.list']))).toMatchObject({
      status: 400,
      body: { code: 'request.duplicate_parameter' },
    });
  });

  it('opens a platform route to the platform permission only', async () => {
    expect(await get('/platform', await token([], ['platform.storage.update']))).toMatchObject({ status: 200 });
    expect(await get('/platform', await token(['platform.storage.update' as OrganizationPermission]))).toMatchObject({
      status: 403,
      body: { code: 'permission.denied' },
    });
  });

  it('withholds the answer of a row route that forgot to ask for the permission', async () => {
    const bearer = await token(['org.storage.list', 'org.storage.delete']);
    expect(await get('/forgetful/foreign', bearer)).toMatchObject({ status: 500, body: { code: 'request.internal' } });
    expect(await get('/forgetful/foreign', bearer, 'DELETE')).toMatchObject({ status: 500 });
    const stream = await fetch(`${url}/forgetful/foreign/events`, { headers: { authorization: `Bearer ${bearer}` } });
    expect(await stream.text()).not.toContain(FOREIGN);
  });

  async function get(path: string, bearer?: string, method = 'GET'): Promise<{ status: number; body: unknown }> {
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const response = await fetch(url + path, { method, headers });
    return { status: response.status, body: await response.json() };
  }
});

describe('a route that does not say who may call it', () => {
  it('ends the start, by name', async () => {
    @Controller()
    class ForgottenController {
      @Get('open')
      @Public()
      open() {}

      @Get('forgotten')
      forgotten() {}

      helper() {}
    }
    await expect(start(ForgottenController)).rejects.toThrow(
      'These routes do not say who may call them: ForgottenController.forgotten',
    );
  });

  it('is found behind an inherited method too', async () => {
    class Base {
      @Get('inherited')
      inherited() {}
    }
    @Controller()
    class InheritingController extends Base {}
    await expect(start(InheritingController)).rejects.toThrow('InheritingController.inherited');
  });
});

describe('a route that says twice who may call it', () => {
  it('cannot be declared', () => {
    expect(() => {
      class AmbiguousController {
        @Public()
        @RequirePermission('org.storage.list')
        route() {}
      }
      return AmbiguousController;
    }).toThrow('AmbiguousController.route says twice who may call it');
  });
});

async function start(controller: new () => object): Promise<NestFastifyApplication> {
  const testing = await Test.createTestingModule({
    imports: [PermissionsModule.forRoot({ secret: SECRET, issuer: null, audience: null })],
    controllers: [controller],
  }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app.useGlobalFilters(new CodeFilter());
  await app.listen(0, '127.0.0.1');
  return app;
}

function token(permissions: OrganizationPermission[], platform: PlatformPermission[] = []): Promise<string> {
  return signDevelopmentToken({
    secret: SECRET,
    subject: 'user-1',
    organizations: { [OWN]: permissions },
    platform,
  });
}
