import { fastify } from 'fastify';
import { RouteTable } from './route-table.js';

describe('RouteTable', () => {
  const routes = new RouteTable();
  const server = fastify();

  beforeAll(async () => {
    routes.watch(server);
    server.get('/configs', () => null);
    server.post('/configs', () => null);
    server.delete('/configs/:id', () => null);
    server.get('/docs/*', () => null);
    server.get('/openapi.json', () => null);
    await server.ready();
  });
  afterAll(() => server.close());

  it.each([
    ['/configs', ['GET', 'HEAD', 'POST']],
    ['/configs/1', ['DELETE']],
    ['/configs/1/2', []],
    ['/docs/a/b.css', ['GET', 'HEAD']],
    ['/openapi.json', ['GET', 'HEAD']],
    ['/openapixjson', []],
    ['/', []],
  ])('knows the methods of %s', (path, methods) => {
    expect(routes.methodsOf(path)).toEqual(methods);
  });
});
