export { startSystem, type System, type SystemProcess } from './start-system.js';
