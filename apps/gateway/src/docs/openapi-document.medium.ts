import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { routeAccessOf } from '@stowage/permissions';
import { describeOnDatabase } from '../../../../tools/servers/describe-on-database.js';
import { RouteTable } from '../http/route-table.js';
import { TestGateway } from '../testing/test-gateway.js';

interface Schema {
  properties: Record<string, { description?: string }>;
}
interface Operation {
  operationId: string;
  summary?: string;
  responses: Record<string, unknown>;
  security?: unknown[];
  parameters?: { name: string; in: string; description?: string }[];
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

describeOnDatabase('the OpenAPI document', (database) => {
  let gateway: TestGateway;
  let document: Document;

  beforeAll(async () => {
    gateway = await TestGateway.start(database.url);
    document = (await gateway.request<Document>('GET', '//openapi.json')).body;
  }, 30_000);
  afterAll(() => gateway?.stop());

  const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));

  it('has every route of the application, and no other', () => {
    expect(
      operations()
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual(handlerNames(gateway).sort());
  });

  it('names paths that the router has', () => {
    const routes = gateway.app.get(RouteTable);
    for (const [path, methods] of Object.entries(document.paths)) {
      const allowed = routes.methodsOf(path.replaceAll(/\{\w+\}/g, 'x'));
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(methods).map((method) => method.toUpperCase())));
    }
  });

  it('says of every route in a word what it does, and how it may be refused', () => {
    for (const { operationId, summary, responses, security } of operations()) {
      expect({ operationId, summary }).toEqual({ operationId, summary: expect.any(String) as string });
      if (security) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '422', '503']));
    }
  });

  it('says of every field what it means', () => {
    const silent = Object.entries(document.components.schemas).flatMap(([name, { properties }]) =>
      Object.entries(properties)
        .filter(([, { description }]) => !description)
        .map(([field]) => `${name}.${field}`),
    );
    expect(silent).toEqual([]);
  });

  it('describes every query parameter', () => {
    const parameters = operations()
      .flatMap(({ parameters = [] }) => parameters)
      .filter((each) => each.in === 'query');
    expect(new Set(parameters.map(({ name }) => name))).toEqual(
      new Set(['organization_id', 'limit', 'cursor', 'depth', 'storage_config_id', 'kind', 'from', 'to']),
    );
    expect(parameters.filter(({ description }) => !description)).toEqual([]);
  });

  it('is checked in as it is served: `npm run docs:contract` writes it', () => {
    expect(document).toEqual(JSON.parse(checkedIn('openapi.json')));
  });

  it('has the AsyncAPI document beside it, public and as checked in', async () => {
    const { status, headers, text } = await gateway.request('GET', '//asyncapi.yaml');
    expect({ status, type: headers.get('content-type') }).toEqual({
      status: 200,
      type: 'application/yaml; charset=utf-8',
    });
    expect(text).toBe(checkedIn('asyncapi.yaml'));
  });

  it('is shown on a page that needs nothing from elsewhere', async () => {
    const page = await gateway.request<string>('GET', '//docs');
    expect(page.status).toBe(200);
    const links = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(new URL(link, gateway.url).origin).toBe(new URL(gateway.url).origin);
      const file = await gateway.request('GET', `/${new URL(link, gateway.url).pathname}`);
      expect(file.status).toBe(200);
    }
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(page.text).not.toMatch(/<script>[^<]/);
  });
});

const checkedIn = (name: string): string => readFileSync(join(process.cwd(), 'docs', name), 'utf8');

function handlerNames({ app }: TestGateway): string[] {
  const scanner = new MetadataScanner();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const { prototype, name } = metatype as unknown as { prototype: Record<string, object>; name: string };
    return scanner
      .getAllMethodNames(prototype)
      .filter((method) => Reflect.hasMetadata(PATH_METADATA, prototype[method]!) && routeAccessOf(prototype[method]!))
      .map((method) => `${name.replace(/Controller$/, '')}.${method}`);
  });
}
