import { applicationEnvironment } from './application-environment.js';

describe('The environment of an application', () => {
  it('has what was generated, unless the user has set it', () => {
    const generated = { WORKER_KEYS_FILE: '/data/worker-keys.json', SERVICES_FILE: '/data/services.json' };
    expect(applicationEnvironment({ SERVICES_FILE: '/mine.json', LOG_LEVEL: 'debug' }, generated, {})).toEqual({
      WORKER_KEYS_FILE: '/data/worker-keys.json',
      SERVICES_FILE: '/mine.json',
      LOG_LEVEL: 'debug',
    });
  });

  it.each(['JWT_SECRET', 'JWT_SECRET_FILE', 'JWT_JWKS_URL'])('has one way only to verify tokens: %s', (variable) => {
    const user = { [variable]: 'given' };
    expect(applicationEnvironment(user, { JWT_SECRET_FILE: '/data/jwt-secret' }, {})).toEqual(user);
  });

  it('has the address that was decided on and not the user’s beside it', () => {
    const user = { DATABASE_URL_FILE: '/run/secrets/database', HTTP_PORT: '3000' };
    expect(applicationEnvironment(user, {}, { DATABASE_URL: 'postgres://gateway@127.0.0.1/stowage' })).toEqual({
      DATABASE_URL: 'postgres://gateway@127.0.0.1/stowage',
    });
  });
});
