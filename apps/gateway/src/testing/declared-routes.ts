import { type INestApplication, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type RouteAccess, routeAccessOf } from '@stowage/permissions';

export interface DeclaredRoute {
  /** `GET /api/v1/backups/storage-configs/:id` */
  name: string;
  access: RouteAccess | undefined;
}

/** Every route of every controller, as their decorators say it: a list that nobody has to keep. */
export function declaredRoutes(app: INestApplication): DeclaredRoute[] {
  const wrappers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return [...new Set(wrappers.map(({ metatype }) => metatype as abstract new () => object))].flatMap(routesOf);
}

function routesOf(controller: abstract new () => object): DeclaredRoute[] {
  const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
  const handlers = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(handlers).flatMap((key) => {
    const handler = handlers[key]!;
    const path = Reflect.getMetadata(PATH_METADATA, handler) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number];
    const name = `${method} /${[base, path].filter((part) => part !== '/').join('/')}`;
    return [{ name, access: routeAccessOf(handler) }];
  });
}
