import { PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { routeAccessOf } from './route-access.js';

/** Ends the start when a route does not say who may call it. @throws Error that names every such route */
export function assertNoNakedRoutes(modules: ModulesContainer): void {
  const naked = [...controllersOf(modules)].flatMap((controller) =>
    routeHandlersOf(controller)
      .filter((handler) => !routeAccessOf(handler))
      .map((handler) => `${controller.name}.${handler.name}`),
  );
  if (naked.length > 0) throw new Error(`These routes do not say who may call them: ${naked.join(', ')}`);
}

type Controller = abstract new (...dependencies: never[]) => object;
type Handler = (...parameters: never[]) => unknown;

function controllersOf(modules: ModulesContainer): Set<Controller> {
  const wrappers = [...modules.values()].flatMap((module) => [...module.controllers.values()]);
  return new Set(wrappers.map(({ metatype }) => metatype as Controller));
}

function routeHandlersOf(controller: Controller): Handler[] {
  const methods = controller.prototype as Record<string, Handler>;
  return new MetadataScanner()
    .getAllMethodNames(methods)
    .map((name) => methods[name]!)
    .filter((method) => Reflect.hasMetadata(PATH_METADATA, method));
}
