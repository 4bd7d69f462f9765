type Variables = Record<string, string | undefined>;

/** Variables that the start decides for each application, so that the user's value must not reach it as well. */
const DECIDED_HERE = ['DATABASE_URL', 'AMQP_URL', 'HTTP_PORT', 'WORKER_HTTP_PORT'];
/** Tokens are verified with one of them. */
const TOKEN_KEYS = ['JWT_SECRET', 'JWT_JWKS_URL'];

/**
 * What the user has set, then what was generated or found for the rest, then what the start decides.
 * @param decided addresses of what was found or started
 */
export function applicationEnvironment(user: Variables, generated: Variables, decided: Variables): Variables {
  const isSet = (name: string) => Boolean(user[name] || user[`${name}_FILE`]);
  const isWanted = (variable: string) => {
    const name = variable.replace(/_FILE$/, '');
    return TOKEN_KEYS.includes(name) ? !TOKEN_KEYS.some(isSet) : !isSet(name) && !user[variable];
  };
  const kept = Object.entries(user).filter(([variable]) => !DECIDED_HERE.includes(variable.replace(/_FILE$/, '')));
  const added = Object.entries(generated).filter(([variable]) => isWanted(variable));
  return { ...Object.fromEntries([...kept, ...added]), ...decided };
}
