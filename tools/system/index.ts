export { startSystem, type System, type SystemOptions, type SystemProcess } from './start-system.js';
export type { SystemSecrets } from './secrets.js';
