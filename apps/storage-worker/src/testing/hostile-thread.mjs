/** In place of a probe: does what `location.name` says, as a hostile server might make a client library do. */
export default async function probe({ task, port }) {
  port.postMessage({ begun: true });
  port.postMessage({ check: { name: 'connect', status: 'ok', duration_ms: 1, message: null } });
  const { name } = task.location;
  if (name === 'loops') for (;;);
  if (name === 'eats') for (const eaten = []; ;) eaten.push(Array.from({ length: 10_000 }, Math.random));
  if (name === 'counts') port.postMessage({ progress: { objects: 1, bytes: 2 } });
  if (name === 'waits') await new Promise((resolve) => port.once('message', resolve));
  port.close();
  if (name === 'throws afterwards') setImmediate(() => void Promise.reject(new Error('a late socket error')));
  if (name === 'fails') return { failure: { code: 'ssh.not_ssh', detail: {} } };
  return { value: { success: true, environment: { ...process.env }, policy: task.policy } };
}
