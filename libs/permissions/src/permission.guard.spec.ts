import type { ExecutionContext } from '@nestjs/common';
import { PermissionGuard } from './permission.guard.js';
import { TokenVerifier } from './token-verifier.js';

describe('PermissionGuard', () => {
  it('closes a handler that does not say who may call it, should one get past the boot check', async () => {
    const tokens = new TokenVerifier({ secret: 'x'.repeat(32), issuer: null, audience: null });
    const context = { getHandler: () => () => 'open' } as Partial<ExecutionContext> as ExecutionContext;
    expect(await new PermissionGuard(tokens).canActivate(context)).toBe(false);
  });
});
