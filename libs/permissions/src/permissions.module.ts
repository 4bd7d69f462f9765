import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, ModulesContainer } from '@nestjs/core';
import { assertNoNakedRoutes } from './naked-routes.js';
import { PermissionGuard } from './permission.guard.js';
import { RowPermissionInterceptor } from './row-permission.interceptor.js';
import { TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';

/** Guards every route of the application, and refuses to start with a route that does not say who may call it. */
@Module({})
export class PermissionsModule implements OnModuleInit {
  constructor(@Inject(ModulesContainer) private readonly modules: ModulesContainer) {}

  static forRoot(options: TokenVerifierOptions): DynamicModule {
    return {
      module: PermissionsModule,
      global: true,
      providers: [
        { provide: TokenVerifier, useValue: new TokenVerifier(options) },
        { provide: APP_GUARD, useClass: PermissionGuard },
        { provide: APP_INTERCEPTOR, useClass: RowPermissionInterceptor },
      ],
    };
  }

  onModuleInit(): void {
    assertNoNakedRoutes(this.modules);
  }
}
